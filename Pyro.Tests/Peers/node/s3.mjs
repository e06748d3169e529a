// AWS's own S3 client for JavaScript, with its defaults: a checksum with every upload, checked again with every download.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand, CopyObjectCommand, CreateBucketCommand, CreateMultipartUploadCommand, DeleteObjectsCommand, GetObjectCommand,
  HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, UploadPartCommand,
} from '@aws-sdk/client-s3';

const [endpoint, accessKeyId, secretAccessKey] = process.argv.slice(2);
const connect = (secret) => new S3Client({
  endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: secret },
});
const client = connect(secretAccessKey);
const Bucket = 'javascript';
const read = async (Key, more = {}) =>
  Buffer.from(await (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body.transformToByteArray());
const refused = async (command, name, by = client) => assert.rejects(by.send(command), (error) => {
  assert.equal(error.name, name);
  return true;
});

await client.send(new CreateBucketCommand({ Bucket }));
const content = randomBytes(300_000);
for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']) {
  const Key = `sums/${ChecksumAlgorithm}`;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: content, ChecksumAlgorithm }));
  assert.deepEqual(await read(Key), content);
}
await client.send(new PutObjectCommand({ Bucket, Key: 'a b+c/ä%', Body: content, Metadata: { one: '1' }, ContentType: 'text/x' }));
assert.deepEqual(await read('a b+c/ä%'), content);
assert.deepEqual(await read('a b+c/ä%', { Range: 'bytes=-10' }), content.subarray(-10));
const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a b+c/ä%' }));
assert.deepEqual([head.ContentLength, head.ContentType, head.Metadata.one], [300_000, 'text/x', '1']);
assert.equal(head.ETag, `"${createHash('md5').update(content).digest('hex')}"`);

await refused(new PutObjectCommand({ Bucket, Key: 'a b+c/ä%', Body: 'x', IfNoneMatch: '*' }), 'PreconditionFailed');
await refused(new GetObjectCommand({ Bucket, Key: 'none' }), 'NoSuchKey');
await refused(new GetObjectCommand({ Bucket, Key: 'a b+c/ä%', Range: 'bytes=300000-' }), 'InvalidRange');
await refused(new GetObjectCommand({ Bucket, Key: 'a b+c/ä%' }), 'SignatureDoesNotMatch', connect('another-secret'));
await refused(new ListObjectsV2Command({ Bucket: 'nowhere' }), 'NoSuchBucket');

await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${encodeURIComponent('a b+c/ä%')}` }));
assert.deepEqual(await read('copy'), content);

const parts = [randomBytes(5 << 20), randomBytes(1000)];
const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
const Parts = [];
for (const [index, Body] of parts.entries()) {
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber: index + 1, Body }));
  Parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32 });
}
await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } }));
assert.deepEqual(await read('parts'), Buffer.concat(parts));

const listed = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
assert.deepEqual(listed.Contents.map((one) => one.Key), ['copy', 'parts']);
assert.deepEqual(listed.CommonPrefixes.map((one) => one.Prefix), ['a b+c/', 'sums/']);
const paged = [];
for (let ContinuationToken; ;) {
  const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3, ContinuationToken }));
  paged.push(...page.Contents.map((one) => one.Key));
  ContinuationToken = page.NextContinuationToken;
  if (!page.IsTruncated) break;
}
assert.equal(paged.length, 8);
const removed = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: paged.map((Key) => ({ Key })) } }));
assert.equal(removed.Deleted.length, 8);
console.log('ok');
