import { useAdapter } from '../../state/adapterStore';
import { useRecipe } from '../../state/recipeStore';
import { canGoOn, chooseStart, useStartFrom } from '../../state/startFrom';
import { Segments } from '../common/Segments';

/** Where an adapter is in use: whether the next run trains it further or begins afresh. */
export function StartFromChoice() {
  const status = useAdapter((state) => state.status);
  const recipe = useRecipe((state) => state.recipe);
  const wanted = useStartFrom((state) => state.wanted);
  if (!canGoOn(status, recipe)) return null;
  return (
    <div className="start-from">
      <Segments
        label="The run begins"
        value={wanted}
        options={[
          { value: 'base', label: 'From scratch' },
          { value: 'adapter', label: 'From this adapter' },
        ]}
        onChange={chooseStart}
      />
      <p className="note">
        {wanted === 'adapter'
          ? 'The adapter in use is trained further. Its rank, alpha and modules hold; the optimizer begins afresh.'
          : 'The run makes a new adapter in place of the one in use.'}
      </p>
    </div>
  );
}
