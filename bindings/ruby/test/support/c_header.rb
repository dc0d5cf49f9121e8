# frozen_string_literal: true

# The declarations of include/hookrail.h, and the functions that a package leaves out by docs/abi.md.
module CHeader
  Function = Struct.new(:result, :parameters)

  ROOT = File.expand_path("../../../..", __dir__)
  TEXT = File.read(File.join(ROOT, "include/hookrail.h")).gsub(%r{/\*.*?\*/}m, "").freeze
  DECLARATION = /^([a-z][\w ]*?[ *]+)(hookrail_\w+)\(([^;{]*?)\);/m
  private_constant :DECLARATION

  module_function

  # @return [Hash{Symbol => Function}] the types of the result and of the parameters
  def functions
    @functions ||= TEXT.scan(DECLARATION).to_h do |result, name, parameters|
      types = parameters.split(",").map { |parameter| type(parameter.sub(/\w+\s*\z/, "")) }
      [name.to_sym, Function.new(type(result), parameters.strip == "void" ? [] : types)]
    end
  end

  # @return [Hash{Symbol => Integer}] the members of an enumeration, without the prefix and in lower case
  def enum(name, prefix: "HOOKRAIL_")
    body = TEXT[/typedef enum #{name} \{(.*?)\} #{name};/m, 1] or raise KeyError, name
    body.scan(/#{prefix}(\w+) = (-?\d+)/).to_h { |member, number| [member.downcase.to_sym, Integer(number)] }
  end

  # @return [Hash{Symbol => String}] the members of a structure and their types
  def structure(name)
    body = TEXT[/typedef struct #{name} \{(.*?)\}/m, 1] or raise KeyError, name
    body.scan(/^\s*(.+?)(\w+);/).to_h { |type, member| [member.to_sym, type(type)] }
  end

  # @return [Array<Symbol>] the functions that a package does not name, by "What the packages leave out"
  def left_out_by(package)
    table = File.read(File.join(ROOT, "docs/abi.md"))[/^## What the packages leave out$.*/m]
    packages = ""
    patterns = table.scan(/^\|([^|]*)\|([^|]*)\|/).flat_map do |first, cell|
      packages = first unless first.strip.empty?
      packages.split(",").map(&:strip).include?(package) ? cell.scan(/`(hookrail_\w+\*?)`/).flatten : []
    end
    functions.keys.select { |name| patterns.any? { |pattern| File.fnmatch(pattern, name.name) } }
  end

  def type(text)
    text.gsub(/\b(enum|struct) /, "").gsub(/\s*\*\s*/, "*").strip
  end
end
