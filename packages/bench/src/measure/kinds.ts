/** Forward only, or forward, backward and a step of the optimizer. */
export type Mode = (typeof modes)[number];

/** The names that {@link Mode} takes. */
export const modes = ['infer', 'train'] as const;

/** How kernels are stored in the files whose sizes are measured. */
export const sizeDtypes = ['float32', 'float16', 'uint8'] as const;
