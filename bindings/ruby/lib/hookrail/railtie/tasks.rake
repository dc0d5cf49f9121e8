# frozen_string_literal: true

namespace :hookrail do
  desc "Check the settings of Hookrail, and that the service knows the API key"
  task check: :environment do
    puts "libhookrail #{Hookrail.library_version} from #{Hookrail.library_path}"
    # Without the log: the answer is an error in any case.
    settings = Hookrail::Railtie.settings(Rails.application).client.except(:close_timeout, :logger)
    begin
      # No event has this id: the service answers 404 if it knows the key.
      Hookrail::Client.new(**settings) { |client| client.get_event("00000000-0000-0000-0000-000000000000") }
    rescue Hookrail::NotFoundError
      puts "the service knows the API key"
    rescue Hookrail::Error => e
      abort "the check failed: #{e.status}: #{e.message}"
    end
  end
end
