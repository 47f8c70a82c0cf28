/** The ten classes of CIFAR-10, in the order of their labels (the archive's batches.meta.txt). */
export const cifar10Classes: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/**
 * The 20 superclasses of CIFAR-100 with the five classes of each (Krizhevsky 2009). Coarse labels
 * count the superclasses in this order; fine labels count the 100 classes in alphabetical order.
 */
export const cifar100Hierarchy: Readonly<Record<string, readonly string[]>> = {
  aquatic_mammals: ['beaver', 'dolphin', 'otter', 'seal', 'whale'],
  fish: ['aquarium_fish', 'flatfish', 'ray', 'shark', 'trout'],
  flowers: ['orchid', 'poppy', 'rose', 'sunflower', 'tulip'],
  food_containers: ['bottle', 'bowl', 'can', 'cup', 'plate'],
  fruit_and_vegetables: ['apple', 'mushroom', 'orange', 'pear', 'sweet_pepper'],
  household_electrical_devices: ['clock', 'keyboard', 'lamp', 'telephone', 'television'],
  household_furniture: ['bed', 'chair', 'couch', 'table', 'wardrobe'],
  insects: ['bee', 'beetle', 'butterfly', 'caterpillar', 'cockroach'],
  large_carnivores: ['bear', 'leopard', 'lion', 'tiger', 'wolf'],
  'large_man-made_outdoor_things': ['bridge', 'castle', 'house', 'road', 'skyscraper'],
  large_natural_outdoor_scenes: ['cloud', 'forest', 'mountain', 'plain', 'sea'],
  large_omnivores_and_herbivores: ['camel', 'cattle', 'chimpanzee', 'elephant', 'kangaroo'],
  medium_mammals: ['fox', 'porcupine', 'possum', 'raccoon', 'skunk'],
  'non-insect_invertebrates': ['crab', 'lobster', 'snail', 'spider', 'worm'],
  people: ['baby', 'boy', 'girl', 'man', 'woman'],
  reptiles: ['crocodile', 'dinosaur', 'lizard', 'snake', 'turtle'],
  small_mammals: ['hamster', 'mouse', 'rabbit', 'shrew', 'squirrel'],
  trees: ['maple_tree', 'oak_tree', 'palm_tree', 'pine_tree', 'willow_tree'],
  vehicles_1: ['bicycle', 'bus', 'motorcycle', 'pickup_truck', 'train'],
  vehicles_2: ['lawn_mower', 'rocket', 'streetcar', 'tank', 'tractor'],
};

/** The 20 superclasses of CIFAR-100, in the order of the coarse labels. */
export const cifar100CoarseClasses: readonly string[] = Object.keys(cifar100Hierarchy);

/** The 100 classes of CIFAR-100, in the order of the fine labels. */
export const cifar100FineClasses: readonly string[] = Object.values(cifar100Hierarchy)
  .flat()
  .toSorted();

/** The coarse label of each fine label. */
export const cifar100CoarseOfFine: readonly number[] = cifar100FineClasses.map((fine) =>
  Object.values(cifar100Hierarchy).findIndex((members) => members.includes(fine)),
);
