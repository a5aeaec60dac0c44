// Takes messages through queues with the AWS SDK for JavaScript of the folder that the
// command line names, and prints what came of each call, a line each. The SDK itself
// holds the digests against the bodies.
import path from 'node:path';
import { createRequire } from 'node:module';

const sqs = createRequire(path.join(process.argv[2], 'here.js'))('@aws-sdk/client-sqs');
const client = new sqs.SQSClient({ maxAttempts: 1 });
const name = (url) => url?.split('/').pop();

async function call(operation, input, shown = () => '') {
  try {
    const output = await client.send(new sqs[`${operation}Command`](input));
    console.log(`${operation}: ${shown(output) ?? ''}`.trim());
    return output;
  } catch (error) {
    console.log(`${operation} fails: ${error.name}`);
    return {};
  }
}

const received = (o) => (o.Messages ?? []).map((m) => `${m.Body} (${m.Attributes.ApproximateReceiveCount})`).sort().join(', ') || 'nothing';
const receive = (QueueUrl, more) => call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'], ...more }, received);

const failed = (await call('CreateQueue', { QueueName: 'failed' }, (o) => name(o.QueueUrl))).QueueUrl;
const arn = (await call('GetQueueAttributes', { QueueUrl: failed, AttributeNames: ['QueueArn'] }, (o) => o.Attributes.QueueArn.split(':').pop())).Attributes.QueueArn;
const orders = (await call('CreateQueue', { QueueName: 'orders', Attributes: { VisibilityTimeout: '30', RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 2 }) } }, (o) => name(o.QueueUrl))).QueueUrl;
await call('GetQueueUrl', { QueueName: 'orders' }, (o) => name(o.QueueUrl));
await call('GetQueueUrl', { QueueName: 'nobody' });
await call('GetQueueAttributes', { QueueUrl: orders, AttributeNames: ['All'] }, (o) => `${o.Attributes.VisibilityTimeout} ${o.Attributes.ApproximateNumberOfMessages} ${JSON.parse(o.Attributes.RedrivePolicy).maxReceiveCount}`);

// A message that is not deleted comes again, and is in the dead-letter queue then.
await call('SendMessage', { QueueUrl: orders, MessageBody: 'ä <1>', MessageAttributes: { n: { DataType: 'Number', StringValue: '7' }, b: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) } } }, (o) => `${o.MD5OfMessageBody} ${o.MD5OfMessageAttributes}`);
for (let i = 0; i < 2; i++) {
  const [one] = (await receive(orders)).Messages;
  if (i === 0) console.log(`attributes: ${one.MessageAttributes.n.StringValue} ${[...one.MessageAttributes.b.BinaryValue]}`);
  await call('ChangeMessageVisibility', { QueueUrl: orders, ReceiptHandle: one.ReceiptHandle, VisibilityTimeout: 0 });
}
await receive(orders);
const [dead] = (await receive(failed)).Messages;
await call('DeleteMessage', { QueueUrl: failed, ReceiptHandle: dead.ReceiptHandle });
await call('ChangeMessageVisibility', { QueueUrl: failed, ReceiptHandle: 'no handle', VisibilityTimeout: 0 });
await receive(failed, { WaitTimeSeconds: 1 });

// Batches.
const batch = [['a', 'one'], ['b', 'two'], ['c', 'three']].map(([Id, MessageBody]) => ({ Id, MessageBody }));
await call('SendMessageBatch', { QueueUrl: orders, Entries: batch }, (o) => `${o.Successful.map((s) => s.Id)} ${(o.Failed ?? []).length}`);
await call('SendMessageBatch', { QueueUrl: orders, Entries: [batch[0], batch[0]] });
await call('SendMessageBatch', { QueueUrl: orders, Entries: [] });
const taken = (await receive(orders)).Messages;
await receive(orders);
await call('DeleteMessageBatch', { QueueUrl: orders, Entries: [...taken.map((m, i) => ({ Id: `d${i}`, ReceiptHandle: m.ReceiptHandle }))] }, (o) => `${o.Successful.length} ${(o.Failed ?? []).length}`);
await call('SendMessage', { QueueUrl: orders, MessageBody: 'left', DelaySeconds: 0 }, (o) => o.MD5OfMessageBody);
await call('PurgeQueue', { QueueUrl: orders });
await receive(orders);

// A FIFO queue: once by its deduplication, in order within its group.
const line = (await call('CreateQueue', { QueueName: 'line.fifo', Attributes: { FifoQueue: 'true', ContentBasedDeduplication: 'true' } }, (o) => name(o.QueueUrl))).QueueUrl;
await call('SendMessage', { QueueUrl: line, MessageBody: 'no group' });
for (const [group, body] of [['g', 'first'], ['g', 'first'], ['g', 'second'], ['h', 'other']]) {
  await call('SendMessage', { QueueUrl: line, MessageBody: body, MessageGroupId: group }, (o) => o.MD5OfMessageBody);
}
const [first] = (await receive(line, { MaxNumberOfMessages: 1 })).Messages;
console.log(`group: ${first.Attributes.MessageGroupId}`);
await receive(line);
await call('DeleteMessage', { QueueUrl: line, ReceiptHandle: first.ReceiptHandle });
await receive(line);
await call('ListQueues', {}, (o) => o.QueueUrls.map(name).sort().join(' '));
await call('DeleteQueue', { QueueUrl: line });
client.destroy();
