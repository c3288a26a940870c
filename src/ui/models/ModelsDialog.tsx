import { closeModels, useView } from '../../state/viewStore';
import { latePart } from '../common/latePart';
import { Sheet } from '../common/Sheet';

const ModelsContents = latePart('the models', async () => (await import('./ModelsContents')).ModelsContents, {
  ahead: true,
});

/** Where models come from and which are kept. Escape or the button closes it; a load goes on. */
export function ModelsDialog() {
  const open = useView((state) => state.showsModels);
  return (
    <Sheet title="Models" open={open} onClose={closeModels}>
      <ModelsContents />
    </Sheet>
  );
}
