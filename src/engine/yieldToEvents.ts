/** In Node an open port keeps the process alive: it is held only while somebody waits. */
type NodePort = MessagePort & { ref?: () => void; unref?: () => void };

let channel: MessageChannel | null = null;
const waiting: (() => void)[] = [];

function open(): MessageChannel {
  const made = new MessageChannel();
  const port: NodePort = made.port1;
  port.onmessage = () => {
    waiting.shift()?.();
    if (waiting.length === 0) port.unref?.();
  };
  return made;
}

/**
 * Lets waiting messages in: resolves in a later task. setTimeout would wait 4 ms, and as long as a second in a hidden tab;
 * a message to oneself does not.
 */
export function yieldToEvents(): Promise<void> {
  channel ??= open();
  const { port1, port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    (port1 as NodePort).ref?.();
    port2.postMessage(null);
  });
}
