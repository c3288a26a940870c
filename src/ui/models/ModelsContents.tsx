import { useCallback, useEffect, useState } from 'react';
import { useDevice } from '../../state/deviceStore';
import { needForecasts } from '../../state/forecastStore';
import { refreshKept } from '../../state/keptModels';
import { useRecipe } from '../../state/recipeStore';
import { GalleryList } from './GalleryList';
import { HubForm } from './HubForm';
import { KeptModels } from './KeptModels';
import { LoadingModel } from './LoadingModel';
import { LocalModel } from './LocalModel';
import { ModelProblem } from './ModelProblem';

/** What the dialog of models holds: gallery, hub, this computer, those that are kept. */
export function ModelsContents() {
  const recipe = useRecipe((state) => state.recipe);
  const device = useDevice((state) => state.status.kind);
  const [asked, setAsked] = useState({ repository: '', times: 0 });
  // Grows when another hub was named: what is kept of it is another thing.
  const [, setHubs] = useState(0);
  const onEndpoint = useCallback(() => setHubs((times) => times + 1), []);
  useEffect(() => void refreshKept(), []);
  useEffect(() => void needForecasts(), [recipe, device]);
  return (
    <>
      <LoadingModel />
      <ModelProblem />
      <section className="section">
        <h3>Gallery</h3>
        <p className="note">
          Models that this page can read. Memory is for a run on this device, with your recipe. Nothing is fetched
          before you press Load.
        </p>
        <GalleryList onToken={(repository) => setAsked(({ times }) => ({ repository, times: times + 1 }))} />
      </section>
      <section className="section ruled">
        <h3>From a hub</h3>
        <HubForm asked={asked} onEndpoint={onEndpoint} />
      </section>
      <section className="section ruled">
        <h3>From this computer</h3>
        <LocalModel />
      </section>
      <section className="section ruled">
        <h3>Kept on this machine</h3>
        <KeptModels />
      </section>
    </>
  );
}
