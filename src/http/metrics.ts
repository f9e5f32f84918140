import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const registry = new Registry();
collectDefaultMetrics({ register: registry });

const requests = new Histogram({
  name: 'lantai_http_request_seconds',
  help: 'Time from a request to the end of its answer',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 60],
  registers: [registry],
});
const bytesRead = new Counter({ name: 'lantai_content_bytes_total', help: 'Bytes of content sent to readers', registers: [registry] });
const pool = new Gauge({ name: 'lantai_db_connections', help: 'Connections of the catalogue pool', labelNames: ['state'], registers: [registry] });

export function countRequest(method: string, route: string, status: number, seconds: number): void {
  requests.observe({ method, route, status: String(status) }, seconds);
}

export function countContent(bytes: number): void {
  bytesRead.inc(bytes);
}

/** The metrics in Prometheus text form. */
export async function metricsText(gauges: { total: number; idle: number; waiting: number }): Promise<{ type: string; text: string }> {
  for (const [state, value] of Object.entries(gauges)) pool.set({ state }, value);
  return { type: registry.contentType, text: await registry.metrics() };
}
