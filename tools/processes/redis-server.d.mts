export declare const noRedis: string | undefined;
export declare function withRedis(name: string): string;
export declare class RedisServer {
  readonly port: number;
  static start(options?: { kept?: boolean; flags?: readonly string[] }): Promise<RedisServer>;
  get url(): string;
  begin(): Promise<void>;
  kill(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  remove(): Promise<void>;
}
