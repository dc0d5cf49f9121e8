# frozen_string_literal: true

require "fileutils"

# The blocks of code in docs/rails.md. Each begins with a comment that is the name of its file.
module Guide
  PATH = File.expand_path("../../../../docs/rails.md", __dir__)

  module_function

  # @return [Hash{String => String}] the blocks by their names
  def blocks
    @blocks ||= File.read(PATH).scan(/^```ruby\n# (\S+)\n(.*?)^```/m).to_h
  end

  # @return [String] the block of this name
  def block(name)
    blocks.fetch(name)
  end

  # Writes blocks into a folder.
  def write(folder, names)
    names.each do |name|
      path = File.join(folder, name)
      FileUtils.mkdir_p(File.dirname(path))
      File.write(path, block(name))
    end
  end
end
