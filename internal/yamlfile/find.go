package yamlfile

import (
	"strconv"
	"strings"
)

// Find returns the node at a path as the package schema writes it:
// "routingConfig.additionalVersionWeights.2", "list[3].name", or the last one on
// the way that there is. Where the path names a member, key is that of the
// member.
func (n *Node) Find(path string) (key, value *Node) {
	value = n
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		k, v, rest := value.step(path)
		if v == nil {
			break
		}
		key, value, path = k, v, rest
	}
	return key, value
}

// step goes down by one: to the longest key, or the index, that path begins with.
func (n *Node) step(path string) (key, value *Node, rest string) {
	if n.Kind == List && strings.HasPrefix(path, "[") {
		index, rest, _ := strings.Cut(path[1:], "]")
		if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(n.Items()) {
			return nil, n.Items()[i], rest
		}
	}
	for i, k := range n.Keys() {
		if behind, ok := strings.CutPrefix(path, k.Text); ok && (key == nil || len(k.Text) > len(key.Text)) &&
			(behind == "" || behind[0] == '.' || behind[0] == '[') {
			key, value, rest = k, n.Items()[i], behind
		}
	}
	return key, value, rest
}
