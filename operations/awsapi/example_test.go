package awsapi_test

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// One line makes a client a connector; tables say what the SDK cannot know.
func ExampleConnector() {
	c := awsapi.Connector("sts", sts.NewFromConfig,
		awsapi.Reference("https://docs.aws.amazon.com/STS/latest/APIReference/API_%s.html"),
		awsapi.Operations(map[string]awsapi.Operation{
			"GetAccessKeyInfo": {
				Summary: "Get the account that an access key belongs to.",
				Params:  map[string]schema.Field{"accessKeyId": {Aliases: []string{"key"}, Description: "The access key."}},
			},
		}),
	)
	registry, err := connector.NewRegistry(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	op, _ := registry.Operation("sts.GetAccessKeyInfo")
	key := op.Params().Field("key")
	action, _ := awsapi.IAMAction(op)
	fmt.Println(op.Name, op.Effect, action)
	fmt.Println(key.Name, key.TypeName(), key.Required)
	fmt.Println(op.Result().Members.Names())
	// Output:
	// sts.getAccessKeyInfo read-only sts:GetAccessKeyInfo
	// accessKeyId string true
	// [Account]
}
