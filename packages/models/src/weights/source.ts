/** A file of a repository on the Hugging Face hub. */
export interface HuggingFaceFile {
  /** `owner/name` of the repository. */
  readonly repo: string;
  /** Branch, tag or commit; 'main' unless given. Only a commit is sure to give the same file tomorrow. */
  readonly revision?: string;
  /** Path in the repository; 'model.safetensors' unless given. */
  readonly file?: string;
}

/**
 * Where weights come from: the bytes of a safetensors file, a path, a URL (https:, http:, file:),
 * `hf:owner/repo`, `hf:owner/repo@revision`, `hf:owner/repo@revision/file` or the same as an object.
 */
export type WeightsSource = string | URL | Uint8Array | ArrayBuffer | HuggingFaceFile;

/** A source taken apart. */
export type ResolvedSource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly label: string }
  | { readonly kind: 'path'; readonly path: string | URL; readonly label: string }
  | {
      readonly kind: 'url';
      readonly url: URL;
      readonly label: string;
      /** Where under the cache folder the file belongs; without it, the URL's digest decides. */
      readonly cachePath?: readonly string[];
    };

const forms =
  "bytes, a path, a URL, 'hf:owner/repo@revision/file' or { repo: 'owner/repo', revision, file }";

/**
 * Takes a source apart, without touching disk or network.
 * @param source what the user gave
 * @param revision revision of a Hugging Face source that names none itself
 */
export function resolveSource(source: WeightsSource, revision?: string): ResolvedSource {
  if (source instanceof Uint8Array)
    return { kind: 'bytes', bytes: source, label: 'the given bytes' };
  if (source instanceof ArrayBuffer) return resolveSource(new Uint8Array(source));
  const huggingFace = huggingFaceFile(source);
  if (huggingFace) return resolveHuggingFace(huggingFace, revision);
  if ((typeof source !== 'string' && !(source instanceof URL)) || source === '') {
    throw new TypeError(`source: got ${source === '' ? "''" : typeof source}, takes ${forms}`);
  }
  if (revision !== undefined) {
    throw new TypeError(`revision: got '${revision}', goes with Hugging Face sources alone`);
  }
  // One letter before the colon is a drive of Windows.
  if (source instanceof URL || /^[a-z][a-z0-9+.-]+:/i.test(source)) {
    if (!URL.canParse(source))
      throw new TypeError(`source: got '${String(source)}', not a valid URL`);
    return resolveUrl(new URL(source));
  }
  return { kind: 'path', path: source, label: source };
}

function resolveUrl(url: URL): ResolvedSource {
  if (url.protocol === 'file:') return { kind: 'path', path: url, label: url.href };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TypeError(
      `source: got the scheme '${url.protocol}', takes https:, http:, file: and hf:`,
    );
  }
  // Queries and user names may hold secrets and stay out of messages.
  return { kind: 'url', url, label: url.origin + url.pathname };
}

function huggingFaceFile(source: unknown): HuggingFaceFile | undefined {
  if (typeof source === 'object' && source !== null && 'repo' in source) {
    return source as HuggingFaceFile;
  }
  const text = source instanceof URL ? source.href : source;
  if (typeof text !== 'string' || !text.startsWith('hf:')) return undefined;
  const parts = /^hf:(?:\/\/)?([^/@]+\/[^/@]+)(?:@([^/@]+))?(?:\/(.+))?$/.exec(text);
  if (!parts) throw new TypeError(`source: got '${text}', takes 'hf:owner/repo@revision/file'`);
  const [, repo, revision, file] = parts;
  return {
    repo: repo!,
    ...(revision !== undefined && { revision }),
    ...(file !== undefined && { file }),
  };
}

function resolveHuggingFace(source: HuggingFaceFile, optionRevision?: string): ResolvedSource {
  const { repo, file = 'model.safetensors' } = source;
  if (
    source.revision !== undefined &&
    optionRevision !== undefined &&
    source.revision !== optionRevision
  ) {
    throw new TypeError(
      `revision: got '${optionRevision}', but the source already names revision '${source.revision}'`,
    );
  }
  const revision = source.revision ?? optionRevision ?? 'main';
  pathSegments(repo, 'source.repo', "'owner/repo'", 2);
  pathSegments(revision, 'revision', 'a branch, tag or commit');
  const segments = pathSegments(
    file,
    'source.file',
    "a path in the repository, such as 'model.safetensors'",
  );
  const path = [repo, 'resolve', encodeURIComponent(revision), ...segments.map(encodeURIComponent)];
  const url = new URL(`${hub()}/${path.join('/')}`);
  const cachePath = [
    'huggingface',
    ...repo.split('/'),
    revision.replaceAll('/', '--'),
    ...segments,
  ];
  return { kind: 'url', url, label: url.origin + url.pathname, cachePath };
}

/** Where the hub is, or the mirror to which Hugging Face's own libraries are pointed by the same variable. */
function hub(): string {
  const endpoint = globalThis.process?.env?.['HF_ENDPOINT'] || 'https://huggingface.co';
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    throw new TypeError(
      `HF_ENDPOINT: got '${endpoint}', takes a URL, such as 'https://huggingface.co'`,
    );
  }
  return endpoint.replace(/\/+$/, '');
}

/** The segments of a relative path of plain names, so that joined to a folder it stays inside. */
function pathSegments(path: unknown, argument: string, takes: string, count?: number): string[] {
  const segments = typeof path === 'string' ? path.split('/') : [];
  const plain = segments.every((segment) => /^[\w-][\w.+ -]*$/.test(segment));
  if (!plain || segments.length === 0 || (count !== undefined && segments.length !== count)) {
    throw new TypeError(`${argument}: got ${JSON.stringify(path) ?? typeof path}, takes ${takes}`);
  }
  return segments;
}
