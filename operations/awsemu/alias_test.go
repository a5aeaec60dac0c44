package awsemu_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const orders = "arn:aws:lambda:us-east-1:000000000000:function:orders"

func weights(w map[string]float64) *types.AliasRoutingConfiguration {
	return &types.AliasRoutingConfiguration{AdditionalVersionWeights: w}
}

func TestAliasLifecycle(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	made := ok(client.CreateAlias(ctx, &lambda.CreateAliasInput{
		FunctionName: aws.String("orders"), Name: aws.String("next"), FunctionVersion: aws.String("1"),
		Description: aws.String("soon"), RoutingConfig: weights(map[string]float64{"2": 0.25}),
	}))(t)
	same(t, orders+":next", *made.AliasArn)
	same(t, "soon", *made.Description)
	same(t, map[string]float64{"2": 0.25}, made.RoutingConfig.AdditionalVersionWeights)

	got := ok(client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String(orders), Name: aws.String("next")}))(t)
	same(t, *made.RevisionId, *got.RevisionId)

	kept := ok(client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: aws.String("000000000000:function:orders"), Name: aws.String("next"),
		Description: aws.String("sooner"), RevisionId: got.RevisionId,
	}))(t)
	same(t, map[string]float64{"2": 0.25}, kept.RoutingConfig.AdditionalVersionWeights)
	if *kept.RevisionId == *made.RevisionId {
		t.Error("the revision did not change")
	}

	cleared := ok(client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: aws.String("orders"), Name: aws.String("next"), FunctionVersion: aws.String("2"),
		RoutingConfig: weights(map[string]float64{}),
	}))(t)
	if cleared.RoutingConfig != nil {
		t.Errorf("RoutingConfig is %v, want none", cleared.RoutingConfig)
	}
	same(t, "sooner", *cleared.Description)

	list := ok(client.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("orders"), FunctionVersion: aws.String("2")}))(t)
	if len(list.Aliases) != 1 || *list.Aliases[0].Name != "next" {
		t.Errorf("got %v", list.Aliases)
	}
	for range 2 {
		ok(client.DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: aws.String("orders"), Name: aws.String("next")}))(t)
	}
	_, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: aws.String("orders"), Name: aws.String("next")})
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
		t.Errorf("got %v", err)
	}
	says(t, err, "Cannot find alias arn: "+orders+":next")
}

func TestCreateAliasErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct {
		name, function, alias, version string
		weights                        map[string]float64
		code                           string
		status                         int
	}{
		{"exists", "orders", "live", "1", nil, "ResourceConflictException", 409},
		{"no function", "nobody", "a", "1", nil, "ResourceNotFoundException", 404},
		{"no version", "orders", "a", "9", nil, "ResourceNotFoundException", 404},
		{"name is a number", "orders", "12", "1", nil, "InvalidParameterValueException", 400},
		{"name has a space", "orders", "a b", "1", nil, "InvalidParameterValueException", 400},
		{"version is a name", "orders", "a", "live", nil, "InvalidParameterValueException", 400},
		{"weight above 1", "orders", "a", "1", map[string]float64{"2": 1.5}, "InvalidParameterValueException", 400},
		{"weight below 0", "orders", "a", "1", map[string]float64{"2": -0.5}, "InvalidParameterValueException", 400},
		{"two weights", "orders", "a", "1", map[string]float64{"2": 0.1, "3": 0.1}, "InvalidParameterValueException", 400},
		{"weight of the same version", "orders", "a", "1", map[string]float64{"1": 0.1}, "InvalidParameterValueException", 400},
		{"weight of no version", "orders", "a", "1", map[string]float64{"9": 0.1}, "ResourceNotFoundException", 404},
		{"weight of $LATEST", "orders", "a", "1", map[string]float64{"$LATEST": 0.1}, "InvalidParameterValueException", 400},
		{"weights beside $LATEST", "orders", "a", "$LATEST", map[string]float64{"1": 0.1}, "InvalidParameterValueException", 400},
		{"another region", "arn:aws:lambda:eu-west-1:000000000000:function:orders", "a", "1", nil, "ResourceNotFoundException", 404},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := client.CreateAlias(ctx, &lambda.CreateAliasInput{
				FunctionName: &row.function, Name: &row.alias, FunctionVersion: &row.version, RoutingConfig: weights(row.weights),
			})
			fails(t, err, row.code, row.status)
		})
	}
}

func TestUpdateAliasErrors(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	_, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: aws.String("orders"), Name: aws.String("live"), RevisionId: aws.String("old")})
	if _, ok := errors.AsType[*types.PreconditionFailedException](err); !ok {
		t.Errorf("got %v", err)
	}
	_, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: aws.String("orders"), Name: aws.String("none")})
	fails(t, err, "ResourceNotFoundException", 404)
	_, err = client.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: aws.String("nobody")})
	fails(t, err, "ResourceNotFoundException", 404)
	says(t, err, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody")
}

// executed invokes an alias n times and counts the versions that answered.
func executed(t *testing.T, client *lambda.Client, alias string, n int) map[string]int {
	t.Helper()
	count := map[string]int{}
	for range n {
		out := ok(client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("orders"), Qualifier: &alias}))(t)
		count[*out.ExecutedVersion]++
	}
	return count
}

func TestSplitIsExact(t *testing.T) {
	ctx, client := context.Background(), example(t).lambda(t)
	for _, row := range []struct {
		weight float64
		want   map[string]int
	}{
		{0.1, map[string]int{"1": 18, "2": 2}},
		{0.5, map[string]int{"1": 10, "2": 10}},
		{0, map[string]int{"1": 20}},
		{1, map[string]int{"2": 20}},
	} {
		ok(client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
			FunctionName: aws.String("orders"), Name: aws.String("live"), RoutingConfig: weights(map[string]float64{"2": row.weight}),
		}))(t)
		for range 2 {
			same(t, row.want, executed(t, client, "live", 20))
		}
	}
}
