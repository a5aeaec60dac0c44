package docs

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsmodel"
)

var numbersOfAWS = regexp.MustCompile(`(\d+) services with ([\d,]+) operations`)

// TestNumbersOfAWS: docs/aws.md counts the services and operations that there are.
func TestNumbersOfAWS(t *testing.T) {
	services, operations := 0, 0
	for _, offer := range awsmodel.Source().Offers() {
		services++
		operations += len(offer.Operations)
	}
	m := numbersOfAWS.FindStringSubmatch(read(t, "docs/aws.md"))
	if m == nil {
		t.Fatal("docs/aws.md does not say how many there are")
	}
	if m[1] != strconv.Itoa(services) || strings.ReplaceAll(m[2], ",", "") != strconv.Itoa(operations) {
		t.Errorf("docs/aws.md has %q, there are %d services with %d operations", m[0], services, operations)
	}
}
