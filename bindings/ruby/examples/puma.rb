# frozen_string_literal: true

bind ENV.fetch("BIND", "tcp://127.0.0.1:9000")
workers Integer(ENV.fetch("WORKERS", "2"))
threads 1, 5
preload_app!
