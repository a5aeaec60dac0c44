package service

import "time"

// QueueMessage is a message as Lambda takes it from a queue.
type QueueMessage struct {
	ID, Handle, Body, Digest string
	System                   map[string]string         // what the queue says of it
	Attributes               map[string]QueueAttribute // what the sender said
}

// QueueAttribute is an attribute of a message.
type QueueAttribute struct {
	Type   string
	Text   *string // nil where it is binary
	Binary []byte
}

// Queues are what Lambda takes messages from, by the ARNs of the queues.
type Queues interface {
	// Queue returns how long a queue hides what was received; ok is false where
	// there is none.
	Queue(arn string) (hidden time.Duration, fifo, ok bool)
	// Take receives messages, and waits for one so long, or until done. ok is false
	// where there is no queue.
	Take(done <-chan struct{}, arn string, most int, wait time.Duration) (list []QueueMessage, ok bool)
	// Remove deletes a message.
	Remove(arn, handle string)
}
