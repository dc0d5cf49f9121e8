# frozen_string_literal: true

namespace :hookrail do
  desc "Check the settings of Hookrail, and that the service knows the API key"
  task check: :environment do
    puts "libhookrail #{Hookrail.library_version} from #{Hookrail.library_path}"
    begin
      # No event has this id: the service answers 404 if it knows the key.
      Hookrail.client.get_event("00000000-0000-0000-0000-000000000000")
    rescue Hookrail::NotFoundError
      puts "the service knows the API key"
    rescue Hookrail::Error => e
      abort "the check failed: #{e.status}: #{e.message}"
    end
  end
end
