# frozen_string_literal: true

module Hookrail
  # What the library returns: frozen, equal by what it holds, and open to pattern matching.
  class Value
    class << self
      # @return [Array<Symbol>] the names of what it holds
      def members
        @members ||= [].freeze
      end

      private

      def holds(*members)
        @members = members.freeze
        attr_reader(*members)
      end
    end

    # @param values [Hash{Symbol => Object}] one for each member
    # @raise [ArgumentError] when there is one too few or too many
    def initialize(**values)
      unless values.size == self.class.members.size && values.keys.difference(self.class.members).empty?
        raise ArgumentError, "#{self.class} holds #{self.class.members.join(", ")}, not #{values.keys.join(", ")}"
      end

      values.each { |name, value| instance_variable_set(:"@#{name}", value) }
      freeze
    end

    # @return [Hash{Symbol => Object}] what it holds, by name
    def to_h
      self.class.members.to_h { |name| [name, public_send(name)] }
    end

    # @return [Hash{Symbol => Object}] what `case ... in` looks at
    def deconstruct_keys(_names)
      to_h
    end

    # @param other [Object]
    # @return [Boolean] whether it is of the same class and holds the same
    def ==(other)
      other.instance_of?(self.class) && other.to_h == to_h
    end
    alias eql? ==

    # @return [Integer]
    def hash
      [self.class, to_h].hash
    end

    # @return [String]
    def inspect
      "#<#{self.class} #{to_h.map { |name, value| "#{name}=#{value.inspect}" }.join(", ")}>"
    end
  end
end
