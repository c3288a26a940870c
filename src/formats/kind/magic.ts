/** Kinds of files that hold no rows, by their first bytes: named, so that people know what they dropped. */

/** [bytes, offset, what it is, what to bring]. Signatures as in the `file` command's database. */
const signatures: [string, number, string, string][] = [
  ['\x89PNG', 0, 'an image (PNG)', 'image'],
  ['\xff\xd8\xff', 0, 'an image (JPEG)', 'image'],
  ['GIF8', 0, 'an image (GIF)', 'image'],
  ['WEBP', 8, 'an image (WebP)', 'image'],
  ['BM', 0, 'an image (BMP)', 'image'],
  ['II*\0', 0, 'an image (TIFF)', 'image'],
  ['MM\0*', 0, 'an image (TIFF)', 'image'],
  ['\0\0\x01\0', 0, 'an image (ICO)', 'image'],
  ['ftyp', 4, 'a video or image (MP4 family)', 'video'],
  ['\x1aE\xdf\xa3', 0, 'a video (Matroska or WebM)', 'video'],
  ['AVI ', 8, 'a video (AVI)', 'video'],
  ['WAVE', 8, 'audio (WAV)', 'audio'],
  ['ID3', 0, 'audio (MP3)', 'audio'],
  ['\xff\xfb', 0, 'audio (MP3)', 'audio'],
  ['OggS', 0, 'audio (Ogg)', 'audio'],
  ['fLaC', 0, 'audio (FLAC)', 'audio'],
  ['%PDF', 0, 'a PDF document', 'document'],
  ['{\\rtf', 0, 'an RTF document', 'document'],
  ['\xd0\xcf\x11\xe0', 0, 'an old Office document', 'document'],
  ['PK\x03\x04', 0, 'a zip archive', 'archive'],
  ['PK\x05\x06', 0, 'an empty zip archive', 'archive'],
  ['7z\xbc\xaf', 0, 'a 7z archive', 'archive'],
  ['Rar!', 0, 'a RAR archive', 'archive'],
  ['ustar', 257, 'a tar archive', 'archive'],
  ['BZh', 0, 'a bzip2 file', 'compressed'],
  ['\xfd7zXZ', 0, 'an xz file', 'compressed'],
  ['(\xb5/\xfd', 0, 'a Zstandard file', 'compressed'],
  ['\x04"M\x18', 0, 'an LZ4 file', 'compressed'],
  ['\x7fELF', 0, 'a program (ELF)', 'program'],
  ['MZ', 0, 'a Windows program', 'program'],
  ['\xcf\xfa\xed\xfe', 0, 'a program (Mach-O)', 'program'],
  ['\xca\xfe\xba\xbe', 0, 'a program (Mach-O or Java)', 'program'],
  ['\0asm', 0, 'a WebAssembly module', 'program'],
  ['SQLite format 3', 0, 'a SQLite database', 'database'],
  ['ARROW1', 0, 'an Arrow file', 'arrow'],
  ['ORC', 0, 'an ORC file', 'arrow'],
  ['Obj\x01', 0, 'an Avro file', 'arrow'],
  ['GGUF', 0, 'a GGUF model', 'model'],
  ['\x80\x02', 0, 'a Python pickle', 'pickle'],
  ['\x80\x04\x95', 0, 'a Python pickle', 'pickle'],
  ['\x89HDF', 0, 'an HDF5 file', 'arrow'],
];

const remedies: Record<string, string> = {
  archive: 'unpack it and open the data file inside',
  compressed: 'unpack it, or compress with gzip, and open that',
  arrow: 'write it as Parquet, or as JSONL, and open that',
  database: 'export its table as CSV or JSONL and open that',
  model: 'a model is opened under Model; open a data file here',
  pickle: 'write the data as JSONL (one json.dumps per line) and open that',
};

/** What to bring instead, for every refusal. */
export const bringData = 'bring JSONL, JSON, CSV, TSV or Parquet, plain or gzipped';

export interface ForeignKind {
  /** For a person: "an image (PNG)". */
  what: string;
  remedy: string;
}

/** Recognises a file that is no data file by its first 512 bytes; null when nothing speaks against it. */
export function foreignKind(head: Uint8Array): ForeignKind | null {
  for (const [magic, offset, what, group] of signatures) {
    if (!startsWith(head, magic, offset)) continue;
    // A text may begin like this too ("BMW, price"): only with bytes that no text has.
    if (group !== 'document' && controlShare(head) === 0) continue;
    if (what.startsWith('a zip') && isOffice(head))
      return { what: 'an Office document', remedy: 'save its table as CSV and open that' };
    return { what, remedy: remedies[group] ?? bringData };
  }
  return markup(head);
}

/** Share of control characters other than white space among the first 1,024 bytes (64 at least), 0 to 1. */
export function controlShare(head: Uint8Array): number {
  const start = head.subarray(0, 1024);
  const isControl = (byte: number): boolean =>
    byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b && byte !== 0x1e);
  return start.reduce((count, byte) => count + Number(isControl(byte)), 0) / Math.max(64, start.length);
}

/** True when the bytes at `offset` are these characters (Latin-1). */
export function startsWith(bytes: Uint8Array, magic: string, offset = 0): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let index = 0; index < magic.length; index++)
    if (bytes[offset + index] !== magic.charCodeAt(index)) return false;
  return true;
}

const latin = (head: Uint8Array): string => new TextDecoder('latin1').decode(head.subarray(0, 512));

const isOffice = (head: Uint8Array): boolean => /\[Content_Types\]|mimetypeapplication\/vnd\.oasis/.test(latin(head));

function markup(head: Uint8Array): ForeignKind | null {
  const text = latin(head).replace(/^ï»¿/, '').trimStart();
  if (/^<(!doctype html|html)/i.test(text))
    return { what: 'a web page (HTML)', remedy: 'download the file itself rather than its page' };
  if (text.startsWith('<?xml')) return { what: 'an XML document', remedy: bringData };
  if (text.startsWith('version https://git-lfs.github.com'))
    return { what: 'a Git LFS pointer', remedy: 'download the file that it points to' };
  if (text.startsWith('---\n') || text.startsWith('---\r\n')) return { what: 'YAML or Markdown', remedy: bringData };
  return null;
}
