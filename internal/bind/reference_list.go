package bind

func listReference() FunctionGroup {
	return FunctionGroup{Title: "Lists", Functions: []Function{
		{Name: "len", Signature: "(value: any) → integer", Doc: "The number of characters of text, of elements of a list, of members of a map, or of bytes.", Example: "len('über') + len([1, 2])", Result: "6", Errors: []Failure{{"len(5)", "len takes a string, bytes, a list or a map, not an integer"}}},
		{Name: "first", Signature: "(list: list) → any", Doc: "The first element; null where there is none.", Example: "first([3, 1])", Result: "3"},
		{Name: "last", Signature: "(list: list) → any", Doc: "The last element; null where there is none.", Example: "last([3, 1])", Result: "1"},
		{Name: "get", Signature: "(value: any, key: any) → any", Doc: "The element of a list or the member of a map, as value[key]; null where there is none.", Example: "get([1], 5) ?? 'none'", Result: `"none"`, Errors: []Failure{{"get('abc', 1)", "a string has no elements"}}},
		{Name: "take", Signature: "(list: list, count: integer) → list", Doc: "So many elements from the beginning, or all there are.", Example: "take([1, 2, 3], 2)", Result: "[1,2]", Errors: []Failure{{"take([1], -1)", "a negative number of elements"}}},
		{Name: "reverse", Signature: "(list: list) → list", Doc: "The list from its end.", Example: "reverse([1, 2])", Result: "[2,1]"},
		{
			Name: "sort", Signature: "(list: list, order?: string) → list", Example: "sort([3, 1, 2], 'desc')", Result: "[3,2,1]",
			Doc:    "The list in order: numbers by size, text by its characters' codes, durations and timestamps by value. The order is asc, unless said, or desc. By a member: sortBy.",
			Errors: []Failure{{"sort([1, 'a'])", "sort takes numbers, or text, and not both: an element can be a string or an integer"}, {"sort(fromJSON('[1, true]'))", "cannot order a boolean and an integer"}, {"sort([1], 'up')", `the order must be "asc" or "desc"`}},
		},
		{Name: "uniq", Signature: "(list: list) → list", Doc: "The list without elements that equal one before.", Example: "uniq([1, 1.0, 'a', 1])", Result: `[1,"a"]`},
		{Name: "concat", Signature: "(list: list, more…: list) → list", Doc: "All elements of all lists, one list after the other.", Example: "concat([1], [2, 3])", Result: "[1,2,3]"},
		{Name: "flatten", Signature: "(list: list) → list", Doc: "The elements of the lists in the list, at all depths.", Example: "flatten([1, [2, [3]]])", Result: "[1,2,3]"},
		{
			Name: "zip", Signature: "(list: list, more…: list) → list of list", Example: "zip(['a', 'b'], [1, 2])", Result: `[["a",1],["b",2]]`,
			Doc:    "A list of the first elements of all lists, one of the second, and so on. A map of two lists: fromPairs(zip(names, values)).",
			Errors: []Failure{{"zip([1], [])", "the lists are not equally long"}},
		},
		{
			Name: "chunk", Signature: "(list: list, size: integer) → list of list", Example: "chunk([1, 2, 3], 2)", Result: "[[1,2],[3]]",
			Doc: "The list cut into lists of so many elements; the last one has the rest.", Errors: []Failure{{"chunk([1], 0)", "a chunk has at least one element"}},
		},
	}}
}

func mapReference() FunctionGroup {
	return FunctionGroup{Title: "Maps", Intro: "A map is written `{name: value, \"x-y\": value, (expression): value}`: a key in parentheses is computed.", Functions: []Function{
		{Name: "keys", Signature: "(map: map) → list of string", Doc: "The names of the members, sorted.", Example: "keys({b: 1, a: 2})", Result: `["a","b"]`},
		{Name: "values", Signature: "(map: map) → list", Doc: "The members, in the order of their names.", Example: "values({b: 1, a: 2})", Result: "[2,1]"},
		{Name: "toPairs", Signature: "(map: map) → list of list", Doc: "A list [name, value] for each member, in the order of the names.", Example: "toPairs({a: 1})", Result: `[["a",1]]`},
		{
			Name: "fromPairs", Signature: "(pairs: list of list) → map", Example: "fromPairs([['a', 1], ['b', 2]])", Result: `{"a":1,"b":2}`,
			Doc: "A map of pairs [name, value]; the last of equal names counts.", Errors: []Failure{{"fromPairs([1])", "fromPairs takes pairs: an element can be an integer"}, {"fromPairs([['a']])", "an element is not a pair"}},
		},
		{Name: "merge", Signature: "(map: map, more…: map) → map", Doc: "A map with the members of all; later ones replace earlier ones of the same name, also where both are maps. Null adds nothing.", Example: "merge({a: 1, b: 1}, {b: 2})", Result: `{"a":1,"b":2}`},
	}}
}

const predicateIntro = "A predicate is an expression that is evaluated for each element of the list: `#` is the element, `.name` its member, in `map` and `reduce` `#index` is its number from 0 (`filter(map(list, ({i: #index, v: #})), .i > 0)`). In a predicate within a predicate, `#` is the element of the inner one; keep the outer one with `let`: `map(ctx.orders, let order = #; map(order.items, order.id + \"/\" + #))`. A map that a predicate gives stands in parentheses: `map(ctx.users, ({name: .name, old: .age > 60}))`."

func predicateReference() FunctionGroup {
	return FunctionGroup{Title: "Predicates", Intro: predicateIntro, Functions: []Function{
		{Name: "all", Signature: "(list: list, predicate) → boolean", Doc: "Whether the predicate holds for every element; true for an empty list.", Example: "all([1, 2], # > 0)", Result: "true", Errors: []Failure{{"all([1], # + 1)", "the predicate takes a boolean, and this is an integer"}}},
		{Name: "any", Signature: "(list: list, predicate) → boolean", Doc: "Whether it holds for one element or more.", Example: "any([1, 2], # > 1)", Result: "true"},
		{Name: "none", Signature: "(list: list, predicate) → boolean", Doc: "Whether it holds for no element.", Example: "none([1, 2], # > 2)", Result: "true"},
		{Name: "one", Signature: "(list: list, predicate) → boolean", Doc: "Whether it holds for exactly one element.", Example: "one([1, 2], # > 1)", Result: "true"},
		{Name: "filter", Signature: "(list: list, predicate) → list", Doc: "The elements for which it holds.", Example: "filter([1, 2, 3], # > 1)", Result: "[2,3]"},
		{Name: "map", Signature: "(list: list, predicate) → list", Doc: "What it gives for each element.", Example: "map([1, 2], ({n: # * 10}))", Result: `[{"n":10},{"n":20}]`},
		{Name: "count", Signature: "(list: list, predicate?) → integer", Doc: "The number of elements for which it holds, or that are true.", Example: "count([1, 2, 3], # > 1)", Result: "2"},
		{Name: "find", Signature: "(list: list, predicate) → any", Doc: "The first element for which it holds; null where there is none.", Example: "find([1, 2, 3], # > 1)", Result: "2"},
		{Name: "findIndex", Signature: "(list: list, predicate) → integer", Doc: "The number of the first such element; null where there is none.", Example: "findIndex([1, 2, 3], # > 1)", Result: "1"},
		{Name: "findLast", Signature: "(list: list, predicate) → any", Doc: "The last such element; null where there is none.", Example: "findLast([1, 2, 3], # > 1)", Result: "3"},
		{Name: "findLastIndex", Signature: "(list: list, predicate) → integer", Doc: "The number of the last such element; null where there is none.", Example: "findLastIndex([1, 2, 3], # > 1)", Result: "2"},
		{
			Name: "groupBy", Signature: "(list: list, predicate) → map of list", Example: "groupBy([1, 2, 3], # > 1)", Result: `{"false":[1],"true":[2,3]}`,
			Doc:    "The elements by what the predicate gives: a map of lists. keys, values and toPairs go through it: `map(toPairs(groupBy(ctx.orders, .customer)), ({customer: #[0], orders: len(#[1])}))`.",
			Errors: []Failure{{"groupBy([1], [#])", "a group's key must be a string, an integer or a boolean, and this can be a list"}},
		},
		{
			Name: "sortBy", Signature: "(list: list, predicate, order?: string) → list", Example: "sortBy([{n: 2}, {n: 1}], .n)", Result: `[{"n":1},{"n":2}]`,
			Doc:    "The elements in the order of what the predicate gives, as sort orders; equal ones stay as they were.",
			Errors: []Failure{{"sortBy([1, 'a'], #)", "sortBy takes numbers, or text, and not both: an element can be a string or an integer"}},
		},
		{
			Name: "reduce", Signature: "(list: list, predicate, initial?: any) → any", Example: "reduce([1, 2, 3], #acc * #, 1)", Result: "6",
			Doc:    "One value made of all: the predicate sees `#acc`, what it gave for the element before, which is initial, or the first element, at the beginning.",
			Errors: []Failure{{"reduce([], #acc + #)", "reduce of an empty list needs an initial value"}},
		},
	}}
}
