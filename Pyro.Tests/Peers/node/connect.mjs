// Five transports of connect-node push a profile and ask for it: node connect.mjs BASE DESCRIPTORS PROFILE
// Prints {"<transport>": {"names": [...], "total": "..", "error": {"code", "message"}}, ...}.
import fs from 'node:fs';
import { createFileRegistry, fromBinary, create } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createClient, Code, ConnectError } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';

const [base, descriptors, profile] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(descriptors)));
const pusher = registry.getService('push.v1.PusherService');
const querier = registry.getService('querier.v1.QuerierService');
const rawProfile = fs.readFileSync(profile);

const transports = {
  'connect json': createConnectTransport({ baseUrl: base, httpVersion: '1.1' }),
  'connect binary': createConnectTransport({ baseUrl: base, httpVersion: '1.1', useBinaryFormat: true }),
  'connect http2': createConnectTransport({ baseUrl: base, httpVersion: '2' }),
  grpc: createGrpcTransport({ baseUrl: base }),
  'grpc-web': createGrpcWebTransport({ baseUrl: base, httpVersion: '1.1' }),
};

const result = {};
for (const [name, transport] of Object.entries(transports)) {
  const service = `peer ${name}`.replaceAll(' ', '-');
  const labels = [{ name: '__name__', value: 'process_cpu' }, { name: 'service_name', value: service }];
  await createClient(pusher, transport).push({ series: [{ labels, samples: [{ rawProfile }] }] });
  const now = Date.now();
  const range = { start: BigInt(now - 3600_000), end: BigInt(now + 3600_000) };
  const client = createClient(querier, transport);
  const types = await client.profileTypes(range);
  const answer = await client.selectMergeStacktraces({
    profileTypeID: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds', labelSelector: `{service_name="${service}"}`, ...range,
  });
  let error;
  try {
    await client.selectMergeStacktraces({ profileTypeID: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds', labelSelector: '{}' });
  } catch (e) {
    error = { code: Code[ConnectError.from(e).code], message: ConnectError.from(e).rawMessage };
  }
  result[name] = { types: types.profileTypes.map((t) => t.ID), names: answer.flamegraph.names, total: String(answer.flamegraph.total), error };
}
console.log(JSON.stringify(result));
process.exit(0);
