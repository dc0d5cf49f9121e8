module github.com/hookrail/hookrail-go

go 1.21
