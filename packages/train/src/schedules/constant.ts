import { rate as rates, scheduleFactory, type ScheduleFactory } from './schedule.ts';

/** The same learning rate at every step. */
export function constant(rate: number): ScheduleFactory {
  rates.check(rate, 'rate');
  return scheduleFactory({ name: 'constant', rate }, () => () => rate);
}
