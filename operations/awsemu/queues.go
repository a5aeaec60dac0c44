package awsemu

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/sqssvc"
)

// declaredQueues returns the queues of a functions file as SQS takes them.
func declaredQueues(f *fixture.File) []sqssvc.Declared {
	var list []sqssvc.Declared
	for _, q := range f.Queues {
		list = append(list, sqssvc.Declared{Name: q.Name, Attributes: q.Settings, DeadLetters: q.DeadLetters, MaxReceives: q.MaxReceives})
	}
	return list
}
