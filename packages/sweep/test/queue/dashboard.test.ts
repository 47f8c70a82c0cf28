import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type {
  AppControllerRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enqueueStudy } from '../../src/queue/enqueue-study.ts';
import { followStudy } from '../../src/queue/follow-study.ts';
import { Lab, until } from './helpers/lab.ts';
import { noRedis, RedisServer, withRedis } from '../../../../tools/processes/redis-server.mjs';

/** Holds what the dashboard serves, without a server. */
class Routes implements IServerAdapter {
  queues: BullBoardQueues = new Map();
  routes: AppControllerRoute[] = [];
  uiConfig: UIConfig = {};

  setQueues(queues: BullBoardQueues): this {
    this.queues = queues;
    return this;
  }

  setApiRoutes(routes: AppControllerRoute[]): this {
    this.routes = routes;
    return this;
  }

  setUIConfig(config: UIConfig): this {
    this.uiConfig = config;
    return this;
  }

  setViewsPath(): this {
    return this;
  }

  setStaticPath(): this {
    return this;
  }

  setEntryRoute(): this {
    return this;
  }

  setErrorHandler(): this {
    return this;
  }

  /** What the dashboard's page asks for. */
  async get(route: string, query: Record<string, string> = {}): Promise<unknown> {
    const found = this.routes.find((each) => each.method === 'get' && each.route === route);
    const { queues, uiConfig } = this;
    const request = { queues, uiConfig, query, params: {}, body: {}, headers: {} };
    return (await found!.handler(request)).body;
  }
}

interface Shown {
  readonly queues: readonly {
    readonly name: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly jobs: readonly {
      readonly id: string;
      readonly name: string;
      readonly data: { readonly study: string; readonly planned: { readonly config: object } };
      readonly progress: Readonly<Record<string, number>>;
      readonly returnValue: object | null;
      readonly failedReason?: string;
    }[];
  }[];
}

describe.skipIf(noRedis)(withRedis("BullMQ's dashboard"), () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.remove());

  test('shows the runs of a queue that was opened with nothing but its address', async () => {
    const lab = await Lab.open(redis.url);
    const queue = new Queue('mnet-runs', { connection: { port: redis.port } });
    try {
      const board = new Routes();
      createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: board });
      const runs = [
        lab.run('a', { epochs: 2, milliseconds: 1500 }),
        lab.run('b', { failsAt: 1, final: true }),
        lab.run('c', {}, ['a']),
      ];
      await enqueueStudy(lab.queue, 'shown', runs, lab.kept);
      await lab.worker();
      const show = async (status: string): Promise<Shown['queues'][number]> => {
        const all = (await board.get('/api/queues', {
          activeQueue: 'mnet-runs',
          status,
          page: '1',
        })) as Shown;
        return all.queues.find(({ name }) => name === 'mnet-runs')!;
      };
      const running = await until(async () => {
        const { jobs } = await show('active');
        return jobs.find(({ name, progress }) => name === 'a' && progress.epoch === 1);
      });
      expect(running.progress).toMatchObject({ epoch: 1, epochs: 2, validationAccuracy: 1 / 3 });
      expect(running.data).toMatchObject({ study: 'shown', planned: { config: { epochs: 2 } } });
      for await (const _ of followStudy(lab.queue, 'shown', { poll: 50 }));
      await until(async () => (await show('latest')).counts.completed === 3);
      const completed = (await show('completed')).jobs;
      expect(completed.map(({ name }) => name).toSorted()).toEqual(['a', 'c', 'then a']);
      const [{ returnValue }] = completed.filter(({ name }) => name === 'a') as [
        (typeof completed)[number],
      ];
      expect(returnValue).toMatchObject({ kind: 'complete', epoch: 2, attempt: 1 });
      const [failed] = (await show('failed')).jobs;
      expect(failed).toMatchObject({ name: 'b' });
      expect(failed!.failedReason).toContain('the toy broke');
    } finally {
      await queue.close();
      await lab.close();
    }
  });
});
