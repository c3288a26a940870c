let channel: MessageChannel | null = null;
const waiting: (() => void)[] = [];

/**
 * Lets waiting messages in: resolves in a later task. setTimeout would wait 4 ms, and as long as a second in a hidden tab;
 * a message to oneself does not.
 */
export function yieldToEvents(): Promise<void> {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
    // In Node an open port would keep the process alive.
    const port = channel.port1 as MessagePort & { unref?: () => void };
    port.unref?.();
  }
  const { port2 } = channel;
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}
