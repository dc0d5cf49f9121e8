module hookrail.test/static

go 1.21

require github.com/hookrail/hookrail-go v0.0.0

replace github.com/hookrail/hookrail-go => ../../../bindings/go
