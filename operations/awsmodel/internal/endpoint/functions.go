package endpoint

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

type function struct {
	args int
	run  func(s *scope, args []any) any
}

// functions are all that rules call.
var functions = late.Value[map[string]function]{Make: func() map[string]function {
	return map[string]function{
		"isSet":                         {1, func(_ *scope, a []any) any { return a[0] != nil }},
		"not":                           {1, func(_ *scope, a []any) any { return a[0] == nil || a[0] == false }},
		"booleanEquals":                 {2, equal[bool]},
		"stringEquals":                  {2, equal[string]},
		"getAttr":                       {2, getAttr},
		"substring":                     {4, substring},
		"uriEncode":                     {1, uriEncode},
		"parseURL":                      {1, parseURL},
		"isValidHostLabel":              {2, isValidHostLabel},
		"aws.partition":                 {1, partition},
		"aws.parseArn":                  {1, parseARN},
		"aws.isVirtualHostableS3Bucket": {2, isVirtualHostable},
	}
}}

func equal[T comparable](_ *scope, a []any) any {
	x, ok := a[0].(T)
	y, also := a[1].(T)
	return ok && also && x == y
}

// getAttr follows a path such as "authority" or "resourceId[0]".
func getAttr(_ *scope, a []any) any {
	path, _ := a[1].(string)
	v := a[0]
	for part := range strings.SplitSeq(path, ".") {
		name, index, indexed := strings.Cut(part, "[")
		if name != "" {
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[name]
		}
		if !indexed {
			continue
		}
		i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		list, ok := v.([]any)
		if err != nil || !ok || i < 0 || i >= len(list) {
			return nil
		}
		v = list[i]
	}
	return v
}

func substring(_ *scope, a []any) any {
	text, ok := a[0].(string)
	from, ok1 := a[1].(int)
	to, ok2 := a[2].(int)
	if !ok || !ok1 || !ok2 || from < 0 || from >= to || len(text) < to || !isASCII(text) {
		return nil
	}
	if a[3] == true {
		return text[len(text)-to : len(text)-from]
	}
	return text[from:to]
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func uriEncode(_ *scope, a []any) any {
	text, ok := a[0].(string)
	if !ok {
		return nil
	}
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func parseURL(_ *scope, a []any) any {
	text, _ := a[0].(string)
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.ForceQuery {
		return nil
	}
	path := u.EscapedPath()
	normal := path
	if !strings.HasPrefix(normal, "/") {
		normal = "/" + normal
	}
	if !strings.HasSuffix(normal, "/") {
		normal += "/"
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return map[string]any{
		"scheme": u.Scheme, "authority": u.Host, "path": path, "normalizedPath": normal,
		"isIp": err == nil && (ip.Is4() || strings.HasPrefix(u.Host, "[")),
	}
}

func isValidHostLabel(_ *scope, a []any) any {
	text, _ := a[0].(string)
	if a[1] != true {
		return isLabel(text)
	}
	for part := range strings.SplitSeq(text, ".") {
		if !isLabel(part) {
			return false
		}
	}
	return true
}

func isLabel(s string) bool {
	if len(s) == 0 || len(s) > 63 || s[0] == '-' {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func isVirtualHostable(_ *scope, a []any) any {
	text, _ := a[0].(string)
	dots := a[1] == true
	if len(text) < 3 || len(text) > 63 || strings.ToLower(text) != text || text[len(text)-1] == '-' {
		return false
	}
	if !dots {
		return isLabel(text)
	}
	if ip, err := netip.ParseAddr(text); err == nil && ip.Is4() {
		return false
	}
	for part := range strings.SplitSeq(text, ".") {
		if !isLabel(part) || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

func parseARN(_ *scope, a []any) any {
	text, _ := a[0].(string)
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return nil
	}
	return map[string]any{
		"partition": parts[1], "service": parts[2], "region": parts[3], "accountId": parts[4], "resourceId": toList(splitResource(parts[5])),
	}
}

// splitResource keeps empty parts.
func splitResource(s string) []string { return strings.Split(strings.ReplaceAll(s, "/", ":"), ":") }

func partition(s *scope, a []any) any {
	region, ok := a[0].(string)
	if !ok || s.parts == nil {
		return nil
	}
	return s.parts.Of(region)
}
