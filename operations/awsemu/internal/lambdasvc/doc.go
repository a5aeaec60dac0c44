// Package lambdasvc is AWS Lambda: its operations, the state behind them and
// what runs functions.
package lambdasvc
