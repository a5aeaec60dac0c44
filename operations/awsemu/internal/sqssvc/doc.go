// Package sqssvc is Amazon SQS in memory, over its JSON protocol and the older
// query one: standard and FIFO queues, long polling, batches, dead-letter queues.
package sqssvc
