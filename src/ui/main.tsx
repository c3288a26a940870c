import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { exposeAutomation, isAutomated } from '../state/automation';
import { startup } from '../state/startup';
import { restoreView } from '../state/viewStore';
import { App } from './App';
import { fetchLateParts } from './common/latePart';
import { warmFonts } from './common/warmFonts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/tokenText.css';
import './styles/data.css';
import './styles/template.css';
import './styles/spans.css';
import './styles/train.css';
import './styles/live.css';
import './styles/chat.css';
import './styles/models.css';
import './styles/runs.css';
import './styles/memory.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
if (isAutomated()) {
  exposeAutomation();
  createRoot(root).render(<p className="notice">This page is driven by the command line.</p>);
} else {
  restoreView();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  void startup();
  warmFonts();
  void fetchLateParts();
}
