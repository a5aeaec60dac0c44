package bind

func numberReference() FunctionGroup {
	return FunctionGroup{Title: "Numbers", Intro: "Integers have 64 bits; an overflow is an error. Integers beyond them can be passed on, not computed with.", Functions: []Function{
		{Name: "abs", Signature: "(x: number) → number", Doc: "The number without its sign; an integer stays one.", Example: "abs(-3)", Result: "3", Errors: []Failure{{"abs(-9223372036854775807 - 1)", "integer overflow"}}},
		{Name: "ceil", Signature: "(x: number) → number", Doc: "The next whole number that is not smaller.", Example: "ceil(1.2)", Result: "2"},
		{Name: "floor", Signature: "(x: number) → number", Doc: "The next whole number that is not larger.", Example: "floor(1.8)", Result: "1"},
		{Name: "round", Signature: "(x: number) → number", Doc: "The nearest whole number; halves go away from zero. As an integer: int(round(x)).", Example: "round(2.5)", Result: "3"},
		{
			Name: "int", Signature: "(value: any) → integer", Example: "int('12') + int(1.9)", Result: "13",
			Doc:    "Text as an integer, or a number without what stands behind its point.",
			Errors: []Failure{{"int('1.5')", "the text is not an integer of 64 bits"}, {"int(1e30)", "the number does not fit into 64 bits"}},
		},
		{
			Name: "float", Signature: "(value: any) → number", Example: "float('1.5')", Result: "1.5", Doc: "Text or an integer as a number.",
			Errors: []Failure{{"float('x')", "the text is not a number"}, {"float('1e400')", "the text is not a number"}, {"float('0x1p3')", "the text is not a number"}},
		},
		{
			Name: "max", Signature: "(values…: any) → any", Example: "max(1, [2.5, 2])", Result: "2.5",
			Doc:    "The largest number of the arguments and of lists among them, or the longest duration, or the latest timestamp. Null where there is none.",
			Errors: []Failure{{"max('a', 1)", "max takes numbers, durations or timestamps, and lists of them, not a string"}},
		},
		{
			Name: "min", Signature: "(values…: any) → any", Example: "min([3, 1, 2])", Result: "1", Doc: "As max, the smallest, shortest or earliest.",
			Errors: []Failure{{"min([null])", "expected a number, found null"}},
		},
		{
			Name: "sum", Signature: "(list: list, predicate?) → number", Example: "sum([{n: 1}, {n: 2}], .n)", Result: "3",
			Doc:    "The sum of the elements, or of what the predicate gives for each. Durations make a duration.",
			Errors: []Failure{{"sum([9223372036854775807, 1])", "integer overflow in +"}},
		},
		{
			Name: "sumBy", Signature: "(list: list of map, key: string, member: string) → map of number", Example: "sumBy([{to: 'a', n: 1}, {to: 'b', n: 2}, {to: 'a', n: 3}], 'to', 'n')", Result: `{"a":4,"b":2}`,
			Doc:    "The sums of a member of maps, by another member: a map of a sum for each value of key. Members that the elements do not have are found by the check where their type is known.",
			Errors: []Failure{{"sumBy([{n: 1}], 'to', 'n')", "a group's key must be a string, an integer or a boolean, not null"}, {"sumBy([{to: 'a'}], 'to', 'n')", "+ takes numbers, not null"}},
		},
		{
			Name: "mean", Signature: "(values…: any) → number", Example: "mean([1, 2])", Result: "1.5",
			Doc:    "The arithmetic mean of the numbers of the arguments and of lists among them; 0 where there is none. Of a member: mean(map(list, .n)).",
			Errors: []Failure{{"mean(['a'])", "mean takes numbers, and lists of them: an element can be a string"}, {"mean(fromJSON('[\"a\"]'))", "expected a number, found a string"}},
		},
		{
			Name: "meanBy", Signature: "(list: list of map, key: string, member: string) → map of number", Example: "meanBy([{to: 'a', n: 1}, {to: 'a', n: 2}], 'to', 'n')", Result: `{"a":1.5}`,
			Doc:    "As sumBy, the arithmetic means.",
			Errors: []Failure{{"meanBy([1], 'to', 'n')", "meanBy takes maps: an element can be an integer"}},
		},
		{
			Name: "median", Signature: "(values…: any) → number", Example: "median([3, 1, 2])", Result: "2",
			Doc: "The number in the middle, or the mean of the two there; 0 where there is none.", Errors: []Failure{{"median([null])", "expected a number, found null"}},
		},
		{Name: "bitand", Signature: "(a: integer, b: integer) → integer", Doc: "The bits that both have.", Example: "bitand(6, 3)", Result: "2"},
		{Name: "bitor", Signature: "(a: integer, b: integer) → integer", Doc: "The bits that one of them has.", Example: "bitor(6, 3)", Result: "7"},
		{Name: "bitxor", Signature: "(a: integer, b: integer) → integer", Doc: "The bits that only one of them has.", Example: "bitxor(6, 3)", Result: "5"},
		{Name: "bitnand", Signature: "(a: integer, b: integer) → integer", Doc: "The bits of a that b does not have.", Example: "bitnand(6, 3)", Result: "4"},
		{Name: "bitnot", Signature: "(a: integer) → integer", Doc: "All bits turned.", Example: "bitnot(0)", Result: "-1"},
		{Name: "bitshl", Signature: "(a: integer, bits: integer) → integer", Doc: "The bits moved to the left; those that leave are lost.", Example: "bitshl(1, 4)", Result: "16", Errors: []Failure{{"bitshl(1, -1)", "a shift by a negative count"}}},
		{Name: "bitshr", Signature: "(a: integer, bits: integer) → integer", Doc: "The bits moved to the right; the sign stays.", Example: "bitshr(-8, 1)", Result: "-4", Errors: []Failure{{"bitshr(1, -1)", "a shift by a negative count"}}},
		{Name: "bitushr", Signature: "(a: integer, bits: integer) → integer", Doc: "The bits moved to the right, zeros coming in.", Example: "bitushr(8, 1)", Result: "4", Errors: []Failure{{"bitushr(1, -1)", "a shift by a negative count"}}},
	}}
}
