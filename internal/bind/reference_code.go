package bind

const codeIntro = "XML as a value: an element with neither attributes nor elements in it is its text; any other is a map of its attributes as `@name`, of its elements by name, and of its text as `#text`. Several elements of one name are a list. Prefixes stay in the names. Elements nest 100 deep at most."

func codeReference() FunctionGroup {
	notJSON, notBase64 := "the text is not JSON", "the text is not base64"
	return FunctionGroup{Title: "Formats and hashes", Intro: codeIntro, Functions: []Function{
		{Name: "json", Signature: "(value: any) → string", Doc: "The value as JSON without white space, the keys sorted. Bytes are base64.", Example: "json({b: 1.0, a: [null]})", Result: `"{\"a\":[null],\"b\":1}"`},
		{Name: "toJSON", Signature: "(value: any) → string", Doc: "As json.", Example: "toJSON([1])", Result: `"[1]"`},
		{Name: "fromJSON", Signature: "(text: string or bytes) → any", Doc: "The value of a JSON text. Integers beyond 64 bits keep their digits.", Example: `fromJSON('{"a": [1]}').a[0]`, Result: "1", Errors: []Failure{{"fromJSON('{')", notJSON}, {"fromJSON('1e400')", notJSON}}},
		{Name: "base64", Signature: "(data: string or bytes) → string", Doc: "The bytes, or those of the text in UTF-8, as base64.", Example: "base64('ü')", Result: `"w7w="`},
		{Name: "toBase64", Signature: "(data: string or bytes) → string", Doc: "As base64.", Example: "toBase64('a')", Result: `"YQ=="`},
		{Name: "unbase64", Signature: "(text: string) → string", Doc: "The text that is encoded so.", Example: "unbase64('w7w=')", Result: `"ü"`, Errors: []Failure{{"unbase64('?')", notBase64}, {"unbase64('/w==')", "what is encoded is not text"}}},
		{Name: "fromBase64", Signature: "(text: string) → string", Doc: "As unbase64.", Example: "fromBase64('YQ==')", Result: `"a"`, Errors: []Failure{{"fromBase64('?')", notBase64}}},
		{Name: "urlencode", Signature: "(text: string) → string", Doc: "The text as a part of a URL's path or query; a space is %20.", Example: "urlencode('a b&c')", Result: `"a%20b%26c"`},
		{Name: "sha256", Signature: "(data: string or bytes) → string", Doc: "The SHA-256 of the bytes in hexadecimal.", Example: "sha256('')", Result: `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{Name: "hmac", Signature: "(key: string, text: string) → string", Doc: "The HMAC of the text with SHA-256 in hexadecimal.", Example: "hmac('key', 'text')[0:8]", Result: `"6afa9046"`},
		{
			Name: "fromCSV", Signature: "(text: string, separator?: string, columns?: list of string) → list", Example: "fromCSV('id;name\\n1;Ada\\n', ';')", Result: `[{"id":"1","name":"Ada"}]`,
			Doc: "A map of texts for each line, by the names in the first line. The separator is a comma unless said. With columns the text has no line of names, and with `[]` each line is a list. Quotes are those of RFC 4180.",
			Errors: []Failure{
				{"fromCSV('a,b\\n1')", "line 2: the number of fields is another one than before"},
				{"fromCSV('a\\n\"')", "line 2: the quotes are wrong"},
				{"fromCSV('a,a\\n1,2')", "two columns have the same name"},
				{"fromCSV('', '::')", `the separator must be one character such as ";", no quote and no line break`},
			},
		},
		{
			Name: "toCSV", Signature: "(rows: list of map or list, separator?: string, columns?: list of string) → string", Example: "toCSV([{id: 1, name: 'a,b'}, {id: 2}])", Result: `"id,name\n1,\"a,b\"\n2,\n"`,
			Doc:    "Rows as lines: maps, under a line of the names of all, sorted, or of those given; or lists, under the columns if there are any. Null is empty, lists and maps are JSON.",
			Errors: []Failure{{"toCSV([{a: 1}, 2])", "toCSV takes rows that are all maps, or all lists: an element can be an integer"}, {"toCSV(fromJSON('[1]'))", "row 1: expected a list, as the first row is, found an integer"}},
		},
		{
			Name: "fromXML", Signature: "(text: string, lists?: list of string) → map", Example: `fromXML('<order id="7"><item>pen</item><item>ink</item></order>').order`, Result: `{"@id":"7","item":["pen","ink"]}`,
			Doc:    "The value of an XML text: a map of the element at its top. The elements that lists names are lists also where there is one only.",
			Errors: []Failure{{"fromXML('<a>')", "the text is not XML with one element at its top"}},
		},
		{
			Name: "toXML", Signature: "(value: map) → string", Example: "toXML({order: {'@id': 7, item: ['pen', 'ink']}})", Result: `"<order id=\"7\"><item>pen</item><item>ink</item></order>"`,
			Doc: "The XML text of a map with one member, the element at the top. Attributes and elements stand in the order of their names.",
			Errors: []Failure{
				{"toXML({a: 1, b: 2})", "the map must have one member, which is the element at the top, not 2"},
				{"toXML({'a b': 1})", "a member's name is no name of an element"},
				{"toXML({a: [1]})", "the element at the top cannot be a list"},
				{"toXML({a: unbase64('AQ==')})", "a text has characters that XML cannot hold"},
			},
		},
	}}
}
