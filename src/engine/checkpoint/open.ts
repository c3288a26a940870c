import { TunesmithError } from '../../lib/errors';
import { rangedBytes, type RangedBytes } from '../../lib/ranged';
import { sha256 } from '../../lib/sha256';
import {
  digestBytes,
  earlierMagic,
  magic,
  PieceHash,
  pieceBytes,
  type Checkpoint,
  type Section,
  type WrittenHeader,
} from './document';

/** A document of at most so many bytes is held in memory once it is open, so that its file may go. */
const heldBytes = 2 ** 26;

const damaged = (rule: string, cause?: unknown): TunesmithError =>
  new TunesmithError('checkpoint/damaged', `checkpoint: ${rule}; use the one before it`, { cause });

/**
 * Opens a checkpoint: every byte is read once, piece by piece, to see whether it is whole. Throws `checkpoint/damaged` when it is
 * not one, is cut off, or a single bit differs.
 */
export async function openCheckpoint(source: RangedBytes): Promise<Checkpoint> {
  const { sizeBytes } = source;
  const file = sizeBytes <= heldBytes ? rangedBytes(await source.read(0, sizeBytes)) : source;
  const bodyBytes = sizeBytes - digestBytes;
  const text = async (from: number, to: number): Promise<string> => new TextDecoder().decode(await file.read(from, to));
  const version = bodyBytes < 12 ? '' : await text(0, 8);
  if (version !== magic && version !== earlierMagic) throw damaged('the file is not a checkpoint of this version');
  const digest = version === magic ? await piecesDigest(file, bodyBytes) : await sha256(await file.read(0, bodyBytes));
  if ((await text(bodyBytes, sizeBytes)) !== digest) throw damaged('its checksum does not match');
  const size = await file.read(8, 12);
  const headEnd = 12 + new DataView(size.buffer, size.byteOffset).getUint32(0, true);
  const { sections: listed, ...header } = JSON.parse(await text(12, headEnd)) as WrittenHeader;
  const sections = new Map<string, Section>();
  let at = headEnd;
  for (const { name, elements } of listed) {
    sections.set(name, sectionAt(file, at, name, elements));
    at += 4 * elements;
    if (at > bodyBytes) throw damaged('its sections do not fit into it');
  }
  if (at !== bodyBytes) throw damaged('its sections do not fill it');
  return { ...header, sections };
}

async function piecesDigest(file: RangedBytes, bodyBytes: number): Promise<string> {
  const hash = new PieceHash();
  for (let at = 0; at < bodyBytes; at += pieceBytes)
    await hash.add(await file.read(at, Math.min(at + pieceBytes, bodyBytes)));
  return hash.hex();
}

function sectionAt(file: RangedBytes, begin: number, name: string, elements: number): Section {
  return {
    name,
    elements,
    async read(first, count) {
      const from = begin + 4 * first;
      const bytes = await file.read(from, from + 4 * count).catch((cause: unknown) => {
        throw damaged('it was removed or changed while it was read', cause);
      });
      // A copy where it is a part of something larger, which may lie at any byte.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      return new Float32Array(own.buffer as ArrayBuffer);
    },
  };
}
