export type BackendName = 'webgpu' | 'wasm';
export type BackendChoice = 'auto' | BackendName;

/** What computes, and why it was chosen. Every figure is measured or read from the device. */
export interface DeviceFacts {
  backend: BackendName;
  /** For a person: "Apple M3", "SwiftShader (software)", "CPU · 2 threads · relaxed SIMD". */
  adapter: string;
  vendor: string;
  architecture: string;
  /** True for WebGPU implemented in software. */
  isFallbackAdapter: boolean;
  threads: number;
  features: string[];
  limits: { maxBufferSize: number; maxStorageBufferBindingSize: number; maxComputeWorkgroupStorageSize: number } | null;
  /** One sentence: why this backend. */
  reason: string;
  /** Result of the timed trial, GFLOP/s per backend that was tried. */
  trial: Partial<Record<BackendName, number>>;
}
