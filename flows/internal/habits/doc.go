// Package habits knows how other systems write what a flow writes otherwise:
// GitHub Actions, Step Functions, Kestra, Camel, WSO2, Redpanda Connect, Ansible
// and languages of templates. It says of a key, a word, a type or a text of
// theirs what to write instead, and "" of what it does not know.
//
// YAML in what it says stands between ‹ and ›, so that whoever reports it can
// show it as JSON in a file that is JSON.
package habits
