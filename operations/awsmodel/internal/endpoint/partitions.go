package endpoint

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
)

// Partitions are AWS's: "aws", "aws-cn" and so on, each with its Regions.
type Partitions struct{ list []part }

type part struct {
	id      string
	pattern *regexp.Regexp
	outputs map[string]any
	regions map[string]map[string]any
}

// ParsePartitions reads botocore's partitions.json.
func ParsePartitions(text string) (*Partitions, error) {
	var in struct {
		Partitions []struct {
			ID, RegionRegex string
			Outputs         map[string]any
			Regions         map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, fmt.Errorf("partitions: %w", err)
	}
	p := &Partitions{}
	for _, from := range in.Partitions {
		pattern, err := regexp.Compile(from.RegionRegex)
		if err != nil {
			return nil, fmt.Errorf("partition %s: %w", from.ID, err)
		}
		outputs := maps.Clone(from.Outputs)
		if outputs == nil {
			outputs = map[string]any{}
		}
		outputs["name"] = from.ID
		p.list = append(p.list, part{from.ID, pattern, outputs, from.Regions})
	}
	if len(p.list) == 0 {
		return nil, fmt.Errorf("partitions: there are none")
	}
	return p, nil
}

// Of returns what is known of the partition of a Region. One that is unknown
// belongs to the first.
func (p *Partitions) Of(region string) map[string]any {
	for _, part := range p.list {
		if over, ok := part.regions[region]; ok {
			out := maps.Clone(part.outputs)
			for _, k := range []string{"name", "dnsSuffix", "dualStackDnsSuffix", "supportsFIPS", "supportsDualStack"} {
				if v, ok := over[k]; ok {
					out[k] = v
				}
			}
			return out
		}
	}
	for _, part := range p.list {
		if part.pattern.MatchString(region) {
			return part.outputs
		}
	}
	return p.list[0].outputs
}
