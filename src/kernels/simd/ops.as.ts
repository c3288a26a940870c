// Every op by its number; the list stands again in runtime/wasmOps.ts.
import { adamw } from './adamw.as';
import { adamw8bit } from './adamw8bit.as';
import { attention } from './attention.as';
import { attentionRow } from './attentionRow.as';
import { attentionBackwardKV, attentionBackwardQ } from './attentionBackward.as';
import { addPartialRows, columnSums } from './columnSums.as';
import { crossEntropy, crossEntropyBackward } from './crossEntropy.as';
import { columnDots, doraNorms, rowSquares, scaleColumns } from './dora.as';
import { dropout } from './dropout.as';
import { add, copy, fill } from './elementwise.as';
import { gatherPacked, gatherRows, scatterRows } from './gather.as';
import { lion } from './lion.as';
import { matmul } from './matmul.as';
import { matvec } from './matvec.as';
import { matvecPacked } from './matvecPacked.as';
import { packHeads } from './pack.as';
import { rmsNorm, rmsNormBackward } from './rmsNorm.as';
import { rope } from './rope.as';
import { scatterAddRows } from './scatterAdd.as';
import { sample } from './sample.as';
import { sgd } from './sgd.as';
import { sumPartials, sumSquares } from './sumSquares.as';
import { swiglu, swigluBackward } from './swiglu.as';

/** Piece `chunk` of an op. Which thread runs it never changes what it writes. */
export function runChunk(op: i32, args: usize, chunk: i32, scratch: usize): void {
  switch (op) {
    case 0:
      matmul(args, chunk, scratch);
      break;
    case 1:
      matvec(args, chunk);
      break;
    case 2:
      matvecPacked(args, chunk, scratch);
      break;
    case 3:
      gatherPacked(args, chunk, scratch);
      break;
    case 4:
      gatherRows(args, chunk);
      break;
    case 5:
      scatterRows(args, chunk);
      break;
    case 6:
      rmsNorm(args, chunk);
      break;
    case 7:
      rmsNormBackward(args, chunk);
      break;
    case 8:
      rope(args, chunk);
      break;
    case 9:
      attention(args, chunk, scratch);
      break;
    case 10:
      attentionBackwardQ(args, chunk, scratch);
      break;
    case 11:
      attentionBackwardKV(args, chunk, scratch);
      break;
    case 12:
      swiglu(args, chunk);
      break;
    case 13:
      swigluBackward(args, chunk);
      break;
    case 14:
      add(args, chunk);
      break;
    case 15:
      dropout(args, chunk);
      break;
    case 16:
      crossEntropy(args, chunk);
      break;
    case 17:
      crossEntropyBackward(args, chunk);
      break;
    case 18:
      sumSquares(args, chunk);
      break;
    case 19:
      sumPartials(args, chunk);
      break;
    case 20:
      adamw(args, chunk);
      break;
    case 21:
      fill(args, chunk);
      break;
    case 22:
      copy(args, chunk);
      break;
    case 23:
      attentionRow(args, chunk, scratch);
      break;
    case 24:
      packHeads(args, chunk);
      break;
    case 25:
      sgd(args, chunk);
      break;
    case 26:
      lion(args, chunk);
      break;
    case 50:
      adamw8bit(args, chunk, scratch);
      break;
    case 51:
      rowSquares(args, chunk);
      break;
    case 52:
      doraNorms(args, chunk);
      break;
    case 53:
      scaleColumns(args, chunk);
      break;
    case 54:
      columnDots(args, chunk);
      break;
    case 27:
      sample(args, scratch);
      break;
    case 40:
      columnSums(args, chunk);
      break;
    case 41:
      addPartialRows(args, chunk);
      break;
    case 42:
      scatterAddRows(args, chunk);
      break;
  }
}
