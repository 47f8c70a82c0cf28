import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const workflow = readFileSync(new URL('.github/workflows/bench.yml', root), 'utf8');

describe('the workflow', () => {
  it('pins actions to whole commits, and says which versions they are', () => {
    const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses)
      expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may write in one job alone, which runs no script of what it installs', () => {
    expect(workflow.match(/: write/g)).toEqual([': write']);
    const publish = workflow.slice(workflow.indexOf('\n  publish:'));
    expect(publish).toContain('contents: write');
    expect(publish).toContain('npm ci --ignore-scripts');
    const before = workflow.slice(0, workflow.indexOf('\n  publish:'));
    expect(before.match(/persist-credentials: false/g)).toHaveLength(
      before.match(/actions\/checkout@/g)?.length ?? 0,
    );
  });

  it('calls scripts that are there', () => {
    const scripts = [...workflow.matchAll(/tools\/bench\/[\w-]+\.mjs/g)].map(([path]) => path);
    expect(new Set(scripts).size).toBe(3);
    for (const path of scripts) expect(existsSync(new URL(path, root))).toBe(true);
  });
});
