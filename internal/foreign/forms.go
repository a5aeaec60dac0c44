package foreign

import "github.com/medlar-flow/medlar/internal/late"

// elementNote is for predicates.
const elementNote = "# is the element:"

// forms are tried in their order.
var forms = late.Value[[]form]{Make: func() []form {
	return []form{
		// JavaScript.
		{from: "typeof ( @1 )", to: "type(@1)"},
		{from: "typeof $1", to: "type($1)"},
		{from: "new Date ( ) . toISOString ( )", to: "now()"},
		{from: "new Date ( ) . getTime ( )", to: "(epochSeconds(now()) * 1000)"},
		{from: "new Date ( )", to: "now()"},
		{from: "new Date ( @1 )", to: "parseTime(@1)"},
		{from: "Date . now ( )", to: "(epochSeconds(now()) * 1000)", note: "milliseconds are meant:"},
		{from: "Date . parse ( @1 )", to: "(epochSeconds(@1) * 1000)", note: "milliseconds are meant:"},
		{from: "Object . keys ( @1 )", to: "keys(@1)"},
		{from: "Object . values ( @1 )", to: "values(@1)"},
		{from: "Object . entries ( @1 )", to: "toPairs(@1)"},
		{from: "Object . fromEntries ( @1 )", to: "fromPairs(@1)"},
		{from: "Object . assign ( @* )", to: "merge(@*)"},
		{from: "Array . isArray ( @1 )", to: "(type(@1) == 'list')"},
		{from: "Array . from ( @1 )", to: "@1"},
		{from: "JSON . stringify ( @1 )", to: "json(@1)"},
		{from: "JSON . stringify ( @1 , @* )", to: "json(@1)"},
		{from: "JSON . parse ( @1 )", to: "fromJSON(@1)"},
		{from: "Math . max ( @* )", to: "max(@*)"},
		{from: "Math . min ( @* )", to: "min(@*)"},
		{from: "Math . abs ( @1 )", to: "abs(@1)"},
		{from: "Math . round ( @1 )", to: "round(@1)"},
		{from: "Math . floor ( @1 )", to: "floor(@1)"},
		{from: "Math . ceil ( @1 )", to: "ceil(@1)"},
		{from: "Math . trunc ( @1 )", to: "int(@1)"},
		{from: "Math . pow ( @1 , @2 )", to: "(@1 ** @2)"},
		{from: "Math . sqrt ( @1 )", to: "(@1 ** 0.5)"},
		{from: "[ ... @1 ]", make: spreadList},
		{from: "[ @1 , ... @* ]", make: spreadList},
		{from: "[ ... @1 , @* ]", make: spreadList},
		{from: "{ ... @1 , @* }", make: spreadMap},
		{from: "{ ... @1 }", make: spreadMap},
		{from: "===", to: "=="},
		{from: "!==", to: "!="},
		{from: "$1 =~ $2", to: "$1 matches $2"},
		{from: "$1 !~ $2", to: "not ($1 matches $2)"},
		{from: "( &1 , &2 ) => @3", make: reducer, note: elementNote},
		{from: "( &1 ) => @2", make: predicate, note: elementNote},
		{from: "&1 => @2", make: predicate, note: elementNote},
		{from: "&1 -> @2", make: predicate, note: elementNote},
		{from: "( &1 ) -> @2", make: predicate, note: elementNote},
		{from: "function ( &1 ) { return @2 ; }", make: predicate},
		{from: "function ( &1 ) { return @2 }", make: predicate},
		{from: "function ( &1 ) { @2 }", make: predicate},

		// Python.
		{from: "lambda &1 : @2", make: predicate, note: elementNote},
		{from: "lambda &1 , &2 : @3", make: reducer, note: elementNote},
		{from: "[ @1 for &2 in @3 if @4 ]", make: comprehension},
		{from: "[ @1 for &2 in @3 ]", make: comprehension},
		{from: "@1 if @2 else @3", to: "@2 ? @1 : @3"},
		{from: "f '1", make: interpolated},
		{from: "'1 . format ( @* )", make: braces},
		{from: "$1 [ :: - 1 ]", make: backwards},
		{from: "'1 % ( @* )", make: percent},
		{from: "'1 % $2", make: percent, refused: true},
		{from: "$1 % $2", to: "format($1, $2)", refused: true, only: func(m *match) bool { return m.typ("1") == "string" && m.typ("2") == "string" }},
		{from: "$1 * $2", to: "repeat($1, $2)", refused: true, only: isRepeat("1", "2")},
		{from: "$1 * $2", to: "repeat($2, $1)", refused: true, only: isRepeat("2", "1")},
		{from: "$1 is not None", to: "$1 != null"},
		{from: "$1 is None", to: "$1 == null"},
		{from: "$1 is not null", to: "$1 != null"},
		{from: "$1 is null", to: "$1 == null"},
		{from: "isinstance ( @1 , str )", to: "(type(@1) == 'string')"},
		{from: "isinstance ( @1 , list )", to: "(type(@1) == 'list')"},
		{from: "isinstance ( @1 , dict )", to: "(type(@1) == 'map')"},
		{from: "isinstance ( @1 , int )", to: "(type(@1) == 'integer')"},
		{from: "datetime . now ( )", to: "now()"},
		{from: "datetime . utcnow ( )", to: "now()"},
		{from: "json . dumps ( @1 )", to: "json(@1)"},
		{from: "json . loads ( @1 )", to: "fromJSON(@1)"},
		{from: "os . environ [ '1 ]", make: environment},
		{from: "os . environ . get ( '1 )", make: environment},
		{from: "process . env . &1", to: "env.&1"},

		// What is of another type than it is elsewhere.
		{from: "round ( @1 , %2 )", make: rounded, refused: true, within: true},
		{from: "$1 * $2", make: timesDuration, refused: true, within: true},
		{from: "$1 - $2", make: moved, refused: true, within: true},
		{from: "$1 + $2", make: moved, refused: true, within: true},
		{from: "$1 + $2", make: added, refused: true, within: true},
		{from: "$1 - $2", make: numbers, refused: true, within: true},
		{from: "$1 * $2", make: numbers, refused: true, within: true},
		{from: "$1 / $2", make: numbers, refused: true, within: true},
		{from: "$1 % $2", make: numbers, refused: true, within: true},
		{from: "$1 < $2", make: numbers, refused: true, within: true},
		{from: "$1 > $2", make: numbers, refused: true, within: true},
		{from: "$1 <= $2", make: numbers, refused: true, within: true},
		{from: "$1 >= $2", make: numbers, refused: true, within: true},
		{from: "$1 == $2", make: numbers, refused: true, within: true},
		{from: "$1 != $2", make: numbers, refused: true, within: true},
		{from: "$1 || $2", make: logic, refused: true, within: true},
		{from: "$1 or $2", make: logic, refused: true, within: true},
		{from: "$1 && $2", make: logic, refused: true, within: true},
		{from: "$1 and $2", make: logic, refused: true, within: true},
		{from: "not $1", make: logic, refused: true, within: true},
		{from: "! $1", make: logic, refused: true, within: true},
		{from: "@1 ? @2 : @3", make: choice, refused: true, within: true},

		// Jinja, Pebble, Liquid.
		{from: "$1 is not defined", to: "$1 == null"},
		{from: "$1 is defined", to: "$1 != null"},
		{from: "$1 is empty", to: "len($1) == 0"},
		{from: "$1 is not empty", to: "len($1) != 0"},
		{from: "$1 ~ $2", make: joined},
		{from: "$1 | &2 ( @* )", make: filtered, refused: true},
		{from: "$1 | &2 ( @* )", make: filtered},
		{from: "$1 | &2", make: filtered},

		// JSONata.
		{from: "$1 & $2", make: joined},

		// Step Functions.
		{from: "States . Format ( '1 )", to: "'1"},
		{from: "States . Format ( '1 , @* )", make: braces},
		{from: "States . StringToJson ( @1 )", to: "fromJSON(@1)"},
		{from: "States . JsonToString ( @1 )", to: "json(@1)"},
		{from: "States . Array ( @* )", to: "[@*]"},
		{from: "States . ArrayPartition ( @1 , @2 )", to: "chunk(@1, @2)"},
		{from: "States . ArrayContains ( @1 , @2 )", to: "(@2 in @1)"},
		{from: "States . ArrayRange ( @1 , @2 , 1 )", to: "(@1..@2)"},
		{from: "States . ArrayGetItem ( $1 , @2 )", to: "$1[@2]"},
		{from: "States . ArrayLength ( @1 )", to: "len(@1)"},
		{from: "States . ArrayUnique ( @1 )", to: "uniq(@1)"},
		{from: "States . Base64Encode ( @1 )", to: "base64(@1)"},
		{from: "States . Base64Decode ( @1 )", to: "unbase64(@1)"},
		{from: "States . Hash ( @1 , 'SHA-256' )", to: "sha256(@1)"},
		{from: "States . JsonMerge ( @1 , @2 , false )", to: "merge(@1, @2)"},
		{from: "States . MathAdd ( @1 , @2 )", to: "(@1 + @2)"},
		{from: "States . StringSplit ( @1 , @2 )", to: "split(@1, @2)"},
		{from: "States . UUID ( )", to: "uuid()"},

		// Camel Simple.
		{from: "date : now : @1", make: dateNow},
		{from: "env : &1", to: "env.&1"},
		{from: "sysenv . &1", to: "env.&1"},
		{from: "exception . message", to: "error.message", only: func(m *match) bool { return m.scope.Has("", "error") }},
		{from: "bodyAs ( String )", to: "ctx.body", only: func(m *match) bool { return m.scope.Has("ctx", "body") }},

		// Shells.
		{from: "$1", make: shellLength},
		{from: "$1 : - @2", make: shellDefault},
		{from: "$1 ^ ^", make: shellName("upper(_)")},
		{from: "$1 , ,", make: shellName("lower(_)")},
		{from: "$1 : %2 : %3", make: shellPart},

		// jq, DataWeave, MEL, SQL.
		{from: "$1 // $2", to: "$1 ?? $2", only: func(m *match) bool { return m.typ("2") != "integer" && m.typ("2") != "number" }},
		{from: "if ( @1 ) @2 else @3", to: "@1 ? @2 : @3"},
		{from: "if @1 then @2 else @3", to: "@1 ? @2 : @3"},
		{from: "@1 then @2 else @3", to: "@1 ? @2 : @3"},
		{from: "$1 ++ $2", make: joined},
		{from: "$1 default $2", to: "$1 ?? $2"},
		{from: "$1 as String", to: "string($1)"},
		{from: "$1 as Number", to: "float($1)"},
		{from: "$1 <> $2", to: "$1 != $2"},
		{from: "$1 between $2 and $3", to: "$2 <= $1 and $1 <= $3"},
		{from: "$1 like '2", make: like},
		{from: "contains ( @1 , @2 )", make: containsCall},
		{from: "startsWith ( @1 , @2 )", to: "@1 startsWith @2"},
		{from: "endsWith ( @1 , @2 )", to: "@1 endsWith @2"},
		{from: "matches ( @1 , @2 )", to: "@1 matches @2"},
		{from: "format ( '1 , @* )", make: braces, refused: true, within: true},
		{from: "join ( '1 , @2 )", to: "join(@2, '1)", refused: true, within: true},
		{from: "concat ( @* )", make: concatTexts, refused: true, within: true},

		// CEL.
		{from: "$1 . exists ( &2 , @3 )", make: macro("any")},
		{from: "$1 . all ( &2 , @3 )", make: macro("all")},
		{from: "$1 . exists_one ( &2 , @3 )", make: macro("one")},
		{from: "$1 . filter ( &2 , @3 )", make: macro("filter")},
		{from: "$1 . map ( &2 , @3 )", make: macro("map")},

		// Operators of others.
		{from: "AND", to: "and"},
		{from: "OR", to: "or"},
		{from: "NOT", to: "not"},
		{from: "IN", to: "in"},
		{from: "And", to: "and"},
		{from: "Or", to: "or"},
		{from: "Not", to: "not"},
		{from: "eq", to: "=="},
		{from: "ne", to: "!="},
		{from: "gt", to: ">"},
		{from: "ge", to: ">="},
		{from: "lt", to: "<"},
		{from: "le", to: "<="},
		{from: "=", to: "=="},
	}
}}

// functions are the functions of others, folded, and what to write; | stands
// between templates of different numbers of arguments.
var functions = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"length": "len(@1)", "size": "len(@1)", "sizeof": "len(@1)", "strlen": "len(@1)", "arraylength": "len(@1)",
		"str": "string(@1)", "tostring": "string(@1)", "string": "string(@1)", "parseint": "int(@1)", "toint": "int(@1)", "integer": "int(@1)", "int": "int(@1)",
		"number": "float(@1)", "parsefloat": "float(@1)", "tonumber": "float(@1)", "float": "float(@1)",
		"touppercase": "upper(@1)", "uppercase": "upper(@1)", "toupper": "upper(@1)", "upper": "upper(@1)", "upcase": "upper(@1)", "asciiupcase": "upper(@1)",
		"tolowercase": "lower(@1)", "lowercase": "lower(@1)", "tolower": "lower(@1)", "lower": "lower(@1)", "downcase": "lower(@1)", "asciidowncase": "lower(@1)",
		"strip": "trim(@1)", "substring": "$1[@2:@3] | $1[@2:]", "substr": "$1[@2:@3] | $1[@2:]", "slice": "$1[@2:@3] | $1[@2:]",
		"substringbefore": "split(@1, @2)[0]", "substringafter": "split(@1, @2, 2)[1]",
		"startswith": "(@1 startsWith @2)", "endswith": "(@1 endsWith @2)", "haskey": "(@2 in @1)",
		"isnull": "(@1 == null)", "isempty": "(len(@1) == 0)", "empty": "(len(@1) == 0)", "defined": "(@1 != null)", "exists": "(@1 != null)", "ispresent": "(@1 != null)", "isnotempty": "(len(@1) > 0)",
		"coalesce": "(@1 ?? @2) | (@1 ?? @2 ?? @3)", "ifnull": "(@1 ?? @2)", "nvl": "(@1 ?? @2)", "default": "(@1 ?? @2)",
		"if": "(@1 ? @2 : @3)", "iif": "(@1 ? @2 : @3)", "not": "not @1", "eq": "(@1 == @2)", "ne": "(@1 != @2)", "gt": "(@1 > @2)", "lt": "(@1 < @2)", "ge": "(@1 >= @2)", "le": "(@1 <= @2)",
		"append": "concat(@1, [@2])", "push": "concat(@1, [@2])", "extend": "concat(@1, @2)", "union": "uniq(concat(@1, @2))", "distinct": "uniq(@1)", "unique": "uniq(@1)",
		"range": "(0..@1 - 1) | (@1..@2 - 1)", "sorted": "sort(@1)", "reversed": "reverse(@1)", "avg": "mean(@1)", "average": "mean(@1)", "select": "filter(@*)",
		"tojsonstring": "json(@1)", "jsonencode": "json(@1)", "stringify": "json(@1)", "jsonstringify": "json(@1)", "dumps": "json(@1)",
		"jsondecode": "fromJSON(@1)", "jsonparse": "fromJSON(@1)", "parsejson": "fromJSON(@1)", "loads": "fromJSON(@1)",
		"base64encode": "base64(@1)", "b64encode": "base64(@1)", "base64decode": "unbase64(@1)", "b64decode": "unbase64(@1)", "encodeuricomponent": "urlencode(@1)", "encodeurlcomponent": "urlencode(@1)", "urlencode": "urlencode(@1)",
		"sprintf": "format(@*)", "printf": "format(@*)", "padstart": "padLeft(@1, @2) | padLeft(@1, @2, @3)", "padend": "padRight(@1, @2) | padRight(@1, @2, @3)", "lpad": "padLeft(@1, @2) | padLeft(@1, @2, @3)", "rpad": "padRight(@1, @2) | padRight(@1, @2, @3)", "ljust": "padRight(@1, @2)", "rjust": "padLeft(@1, @2)", "zfill": "padLeft(@1, @2, '0')",
		"test": "(@1 matches @2)", "regexmatch": "(@1 matches @2)", "match": "regexFind(@1, @2)", "findall": "regexFindAll(@2, @1)",
		"utcnow": "now()", "timestamp": "now()", "currenttime": "now()", "strftime": "formatTime(@1, @2)", "formatdate": "formatTime(@1, @2)", "dateformat": "formatTime(@1, @2)", "fromisoformat": "parseTime(@1)", "todate": "parseTime(@1)", "millis": "(epochSeconds(now()) * 1000)",
		"datediff": "(@1 - @2)", "dateadd": "(@1 + @2)", "newguid": "uuid()", "guid": "uuid()", "uuidv4": "uuid()", "ksuid": "uuid()",
		"items": "toPairs(@1)", "entries": "toPairs(@1)", "toentries": "toPairs(@1)", "fromentries": "fromPairs(@1)", "typeof": "type(@1)",
		"xmlparse": "fromXML(@1)", "parsexml": "fromXML(@1)", "parsecsv": "fromCSV(@1)", "power": "(@1 ** @2)", "pow": "(@1 ** @2)", "sqrt": "(@1 ** 0.5)",
		"mapvalues": "values(@1)", "has": "(@1 != null)", "$count": "len(@1)", "$map": "map(@*)", "$filter": "filter(@*)", "$lookup": "$1[@2]", "$contains": "(@1 contains @2)", "$match": "regexFindAll(@1, @2)",
	}
}}

// methods are the methods of others; $0 is what stands before the point.
var methods = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"length": "len($0)", "size": "len($0)", "count": "len($0)", "upper": "upper($0)", "touppercase": "upper($0)", "uppercase": "upper($0)", "lower": "lower($0)", "tolowercase": "lower($0)", "lowercase": "lower($0)",
		"trim": "trim($0)", "strip": "trim($0) | trim($0, @1)", "split": "split($0, @1)", "join": "join($0, @1) | join($0)", "replace": "replace($0, @1, @2)", "replaceall": "replace($0, @1, @2)",
		"startswith": "($0 startsWith @1)", "endswith": "($0 endsWith @1)", "hasprefix": "($0 startsWith @1)", "hassuffix": "($0 endsWith @1)",
		"contains": "(@1 in $0)", "includes": "(@1 in $0)", "has": "(@1 in $0)", "haskey": "(@1 in $0)", "containskey": "(@1 in $0)", "hasownproperty": "(@1 in $0)",
		"substring": "$0[@1:@2] | $0[@1:]", "slice": "$0[@1:@2] | $0[@1:]", "substr": "$0[@1:@2] | $0[@1:]", "charat": "$0[@1:@1 + 1]",
		"tostring": "string($0)", "string": "string($0)", "number": "float($0)", "isoformat": "string($0)", "toisostring": "string($0)", "tojson": "json($0)", "formatjson": "json($0)", "parsejson": "fromJSON($0)",
		"filter": "filter($0, @*)", "map": "map($0, @*)", "mapeach": "map($0, @*)", "find": "find($0, @*)", "some": "any($0, @*)", "any": "any($0, @*)", "every": "all($0, @*)", "all": "all($0, @*)", "reduce": "reduce($0, @*)", "foreach": "map($0, @*)", "findindex": "findIndex($0, @*)", "sortby": "sortBy($0, @*)", "groupby": "groupBy($0, @*)",
		"sort": "sort($0)", "reverse": "reverse($0)", "flat": "flatten($0)", "flatten": "flatten($0)", "unique": "uniq($0)", "distinct": "uniq($0)", "sum": "sum($0)", "max": "max($0)", "min": "min($0)", "abs": "abs($0)", "round": "round($0)", "floor": "floor($0)", "ceil": "ceil($0)",
		"push": "concat($0, [@1])", "append": "concat($0, [@1])", "add": "concat($0, [@1])", "concat": "concat($0, @1)", "extend": "concat($0, @1)", "index": "$0[@1]", "at": "$0[@1]", "first": "first($0)", "last": "last($0)",
		"keys": "keys($0)", "values": "values($0)", "items": "toPairs($0)", "entries": "toPairs($0)", "merge": "merge($0, @1)",
		"get": "$0[@1] | ($0[@1] ?? @2)", "getordefault": "($0[@1] ?? @2)", "or": "($0 ?? @1)", "orelse": "($0 ?? @1)", "catch": "($0 ?? @1)", "exists": "(@1 in $0) | any($0, @*)",
		"padstart": "padLeft($0, @1) | padLeft($0, @1, @2)", "padend": "padRight($0, @1) | padRight($0, @1, @2)", "zfill": "padLeft($0, @1, '0')", "tofixed": "format('%.@1f', $0)", "repeat": "repeat($0, @1)",
		"matches": "($0 matches @1)", "test": "(@1 matches $0)", "match": "regexFind($0, @1)", "gettime": "(epochSeconds($0) * 1000)", "tsunix": "epochSeconds($0)", "strftime": "formatTime($0, @1)", "format": "formatTime($0, @1)",
		"totalseconds": "seconds($0)", "hash": "sha256($0)", "isempty": "(len($0) == 0)", "isblank": "(trim($0) == '')", "equals": "($0 == @1)", "type": "type($0)",
	}
}}

// ofText are those of methods that do something else with text.
var ofText = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"includes": "($0 contains @1)", "contains": "($0 contains @1)", "indexof": "indexOf($0, @1)", "reverse": "join(reverse(split($0, '')))", "concat": "($0 + @1)",
	}
}}

// members are members of others without arguments.
var members = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"length": "len($0)", "size": "len($0)", "count": "len($0)", "keys": "keys($0)", "values": "values($0)", "first": "first($0)", "last": "last($0)",
		"upper": "upper($0)", "lower": "lower($0)", "trim": "trim($0)",
		"year": "int(formatTime($0, '2006'))", "month": "int(formatTime($0, '1'))", "day": "int(formatTime($0, '2'))", "hour": "int(formatTime($0, '15'))", "minute": "int(formatTime($0, '4'))", "timestamp": "epochSeconds($0)",
		"totalseconds": "seconds($0)",
	}
}}
