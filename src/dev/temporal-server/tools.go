//go:build tools

// Package tools names the Temporal CLI as a dependency, so that its sources are pinned by go.sum and can be built here.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
