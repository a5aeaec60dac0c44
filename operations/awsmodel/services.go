package awsmodel

import (
	_ "embed" // of the services

	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// packed holds all services. As text it costs nothing until it is read.
//
//go:embed services.bin
var packed string

// file opens the services at first use.
var file = late.Value[*model.File]{Make: func() *model.File {
	f, err := model.Open(packed)
	if err != nil {
		panic("awsmodel: the embedded services cannot be read: " + err.Error())
	}
	return f
}}

// Version returns the version of botocore whose data the services are made from.
func Version() string { return file.Get().Version }
