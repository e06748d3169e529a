// grpc-js pushes a profile and asks for it: node grpc.mjs HOST:PORT PROTOS PROFILE; prints {"names", "total", "error"}.
import fs from 'node:fs';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const [address, protos, profile] = process.argv.slice(2);
const load = (file) => grpc.loadPackageDefinition(loadSync(file, { includeDirs: [protos], longs: String, keepCase: false }));
const pusher = new (load('Push/push.proto').push.v1.PusherService)(address, grpc.credentials.createInsecure());
const querier = new (load('Querier/querier.proto').querier.v1.QuerierService)(address, grpc.credentials.createInsecure());
const call = (client, method, request) =>
  new Promise((resolve, reject) => client[method](request, (error, answer) => (error ? reject(error) : resolve(answer))));

const labels = [{ name: '__name__', value: 'process_cpu' }, { name: 'service_name', value: 'peer-grpc-js' }];
await call(pusher, 'push', { series: [{ labels, samples: [{ rawProfile: fs.readFileSync(profile) }] }] });
const now = Date.now();
const request = { profileTypeID: 'process_cpu:cpu:nanoseconds:cpu:nanoseconds', labelSelector: '{service_name="peer-grpc-js"}' };
const answer = await call(querier, 'selectMergeStacktraces', { ...request, start: now - 3600_000, end: now + 3600_000 });
const error = await call(querier, 'selectMergeStacktraces', request).catch((e) => ({ code: e.code, message: e.details }));
console.log(JSON.stringify({ names: answer.flamegraph.names, total: answer.flamegraph.total, error }));
process.exit(0);
