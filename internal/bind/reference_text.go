package bind

func textReference() FunctionGroup {
	return FunctionGroup{Title: "Text", Intro: "Positions and lengths count characters, not bytes. Patterns are those of [RE2](https://github.com/google/re2/wiki/Syntax).", Functions: []Function{
		{
			Name: "string", Signature: "(value: any) → string", Example: "string(1.50) + string({a: [1]})", Result: `"1.5{\"a\":[1]}"`,
			Doc:    "The value as it stands in text: numbers in their shortest form, lists and maps as JSON.",
			Errors: []Failure{{"string(null)", "the argument is null, which text cannot hold: add ?? ''"}},
		},
		{
			Name: "type", Signature: "(value: any) → string", Example: "type(1.5)", Result: `"number"`,
			Doc: "The type of the value: null, boolean, integer, number, string, bytes, list or map. Durations and timestamps are text when they run: string.",
		},
		{Name: "upper", Signature: "(text: string) → string", Doc: "The text in capital letters.", Example: "upper('ada')", Result: `"ADA"`},
		{Name: "lower", Signature: "(text: string) → string", Doc: "The text in small letters.", Example: "lower('ADA')", Result: `"ada"`},
		{
			Name: "trim", Signature: "(text: string, characters?: string) → string", Example: "trim(' a ') + trim('xxax', 'x')", Result: `"aa"`,
			Doc: "The text without white space at both ends, or without any of these characters there.",
		},
		{
			Name: "trimPrefix", Signature: "(text: string, prefix?: string) → string", Example: "trimPrefix('v1.2', 'v')", Result: `"1.2"`,
			Doc: "The text without this beginning, which is a space unless said.",
		},
		{
			Name: "trimSuffix", Signature: "(text: string, suffix?: string) → string", Example: "trimSuffix('a.json', '.json')", Result: `"a"`,
			Doc: "The text without this end, which is a space unless said.",
		},
		{
			Name: "split", Signature: "(text: string, separator: string, parts?: integer) → list of string", Example: "split('a,b,c', ',', 2)", Result: `["a","b,c"]`,
			Doc: "What stands between the separators, in so many parts at most. An empty separator splits into characters.",
		},
		{
			Name: "splitAfter", Signature: "(text: string, separator: string, parts?: integer) → list of string", Example: "splitAfter('a,b', ',')", Result: `["a,","b"]`,
			Doc: "As split, but the separators stay at the ends of the parts.",
		},
		{
			Name: "join", Signature: "(list: list, separator?: string) → string", Example: "join(['a', 1, true], '-')", Result: `"a-1-true"`,
			Doc:    "The elements as they stand in text, one after the other.",
			Errors: []Failure{{"join([null])", "an element is null, which text cannot hold: add ?? ''"}},
		},
		{
			Name: "replace", Signature: "(text: string, old: string, new: string, times?: integer) → string", Example: "replace('a.b.c', '.', '-')", Result: `"a-b-c"`,
			Doc: "The text with new in the place of old, everywhere or so many times.",
		},
		{
			Name: "repeat", Signature: "(text: string, times: integer) → string", Example: "repeat('ab', 2)", Result: `"abab"`, Doc: "The text so many times.",
			Errors: []Failure{{"repeat('a', -1)", "a negative count"}, {"repeat('a', 100000000)", errTooMuch.Error()}},
		},
		{
			Name: "padLeft", Signature: "(value: any, width: integer, fill?: string) → string", Example: "padLeft(7, 3, '0')", Result: `"007"`,
			Doc:    "The value as it stands in text, with so many characters before it, spaces unless said, that it is width characters long. A longer one stays.",
			Errors: []Failure{{"padLeft('a', 3, '--')", "the filling must be one character"}, {"padLeft(null, 3)", "the value is null, which text cannot hold: add ?? ''"}},
		},
		{
			Name: "padRight", Signature: "(value: any, width: integer, fill?: string) → string", Example: "padRight('ab', 4, '.')", Result: `"ab.."`,
			Doc:    "As padLeft, with the characters behind.",
			Errors: []Failure{{"padRight('a', 3, '')", "the filling must be one character"}},
		},
		{
			Name: "format", Signature: "(template: string, values…: any) → string", Example: "format('%s-%03d %.1f%%', 'a', 7, 12.34)", Result: `"a-007 12.3%"`,
			Doc: "The template with the values in the places of its verbs: `%s` as it stands in text, `%d` an integer, `%f` and `%e` a number, `%x` and `%X` an integer or the bytes of text in hexadecimal, `%q` in quotes, `%%` a percent sign. Between % and the letter may stand the flags `-` (left), `0`, `+` and space, a width of up to three digits and a precision of up to two.",
			Errors: []Failure{
				{"format('%d', 'a')", "value 1 must be an integer for %d, not a string"},
				{"format('%d %d', 1)", "the template takes 2 values, and 1 is given"},
				{"format('%y', 1)", "after % stand s, d, f, e, x, X, q or %, with flags, a width and a precision before, such as %-10s, %05d, %.2f"},
			},
		},
		{Name: "indexOf", Signature: "(text: string, part: string) → integer", Doc: "Where the part first begins, counted from 0; -1 where it does not stand in the text.", Example: "indexOf('über', 'b')", Result: "1"},
		{Name: "lastIndexOf", Signature: "(text: string, part: string) → integer", Doc: "Where the part last begins; -1 where it does not stand in the text.", Example: "lastIndexOf('a/b/c', '/')", Result: "3"},
		{Name: "hasPrefix", Signature: "(text: string, prefix: string) → boolean", Doc: "Whether the text begins so, as the operator startsWith.", Example: "hasPrefix('arn:aws', 'arn:')", Result: "true"},
		{Name: "hasSuffix", Signature: "(text: string, suffix: string) → boolean", Doc: "Whether the text ends so, as the operator endsWith.", Example: "hasSuffix('a.json', '.json')", Result: "true"},
		{
			Name: "regexFind", Signature: "(text: string, pattern: string, group?: integer or string) → string", Example: "regexFind('order 17 of 20', '([0-9]+) of', 1)", Result: `"17"`,
			Doc:    "The first part of the text that the pattern fits, or what its group, given by number or name, holds there. Null where there is none.",
			Errors: []Failure{{"regexFind('a', '[')", "error parsing regexp: missing closing ]: `[`"}, {"regexFind('a', 'a', 1)", "the pattern has no such group"}, {"regexFind('a', '[' + '')", "the pattern does not compile"}},
		},
		{
			Name: "regexFindAll", Signature: "(text: string, pattern: string, group?: integer or string) → list of string", Example: "regexFindAll('a1 b22', '[0-9]+')", Result: `["1","22"]`,
			Doc:    "All parts of the text that the pattern fits, or their group, as regexFind.",
			Errors: []Failure{{"regexFindAll('a', 'a', 'name')", "the pattern has no such group"}},
		},
		{
			Name: "regexReplace", Signature: "(text: string, pattern: string, replacement: string) → string", Example: "regexReplace('a1b22', '[a-z]([0-9]+)', '<$1>')", Result: `"<1><22>"`,
			Doc:    "The text with the replacement in the place of each part that the pattern fits. `$1` or `${name}` in it is a group.",
			Errors: []Failure{{"regexReplace('a', '(', '')", "error parsing regexp: missing closing ): `(`"}},
		},
		{Name: "uuid", Signature: "() → string", Doc: "A new random UUID, recorded with the run: a resumed run sees the same.", Example: "len(uuid())", Result: "36"},
	}}
}
