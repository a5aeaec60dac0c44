package docs

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsmodel"
)

var numbersOfAWS = regexp.MustCompile(`(\d+) services with ([\d,]+) operations, of which (\d+) cannot be called`)

// TestNumbersOfAWS: docs/aws.md counts the services and operations that there are.
func TestNumbersOfAWS(t *testing.T) {
	services, operations, refused := 0, 0, 0
	source := awsmodel.Source()
	for _, offer := range source.Offers() {
		services++
		operations += len(offer.Operations)
		for _, op := range source.Connector(offer.Name).Operations {
			if op.Refused != "" {
				refused++
			}
		}
	}
	m := numbersOfAWS.FindStringSubmatch(read(t, "docs/aws.md"))
	if m == nil {
		t.Fatal("docs/aws.md does not say how many there are")
	}
	if m[1] != strconv.Itoa(services) || strings.ReplaceAll(m[2], ",", "") != strconv.Itoa(operations) || m[3] != strconv.Itoa(refused) {
		t.Errorf("docs/aws.md has %q, there are %d services with %d operations, and %d cannot be called", m[0], services, operations, refused)
	}
}
