# frozen_string_literal: true

require "json"

module Hookrail
  # Makes sure that a collection holds nothing that JSON.generate would write as its `to_s`, such as "#<Order:0x...>".
  # @api private
  module JSONValue
    # JSON.generate refuses collections below this depth, and those that contain themselves.
    MAX_NESTING = 100

    # The library json gives each object this `to_json`, which writes the `to_s` of the object.
    GENERIC = Object.instance_method(:to_json).owner
    CLASS = Kernel.instance_method(:class)
    FORMS = "a Hash, Array, String, Symbol, Integer, finite Float, true, false or nil, or an object with as_json"

    # To look a class up takes half the time of a `case`, and nearly all payloads hold nothing else.
    KEYS = [String, Symbol, Integer].to_h { |type| [type, true] }.compare_by_identity.freeze
    SCALARS = [*KEYS.keys, TrueClass, FalseClass, NilClass].to_h { |type| [type, true] }.compare_by_identity.freeze
    private_constant :MAX_NESTING, :GENERIC, :CLASS, :FORMS, :KEYS, :SCALARS

    class << self
      # @param value [Object]
      # @return [Object] the value itself if all of it is JSON already, and otherwise a copy in which the objects
      #   with `as_json` are replaced
      # @raise [InvalidArgumentError] with the path to the first value that is not JSON, and its class
      def of(value)
        plain = begin
          plain?(value, 0)
        rescue NoMethodError
          # A BasicObject has no class.
          false
        end
        plain ? value : convert(value, "payload", 0)
      end

      # @return [Hash, Array, nil] the payload that an object stands for; nil if it stands for none
      def collection(value)
        Hash.try_convert(value) || Array.try_convert(value) || (as_json_collection(value) if as_json?(value))
      end

      private

      def as_json_collection(value)
        converted = value.as_json
        Hash.try_convert(converted) || Array.try_convert(converted)
      end

      # Calls no method for a scalar, and allocates nothing.
      def plain?(value, depth)
        case value
        when Float then value.finite?
        when Hash then depth >= MAX_NESTING || plain_hash?(value, depth + 1)
        when Array then depth >= MAX_NESTING || plain_array?(value, depth + 1)
        else scalar?(value)
        end
      end

      def plain_hash?(hash, depth)
        hash.each_pair do |key, member|
          return false unless (KEYS[key.class] || key?(key)) && (SCALARS[member.class] || plain?(member, depth))
        end
        true
      end

      def plain_array?(array, depth)
        array.each { |member| return false unless SCALARS[member.class] || plain?(member, depth) }
        true
      end

      # Counts instances of subclasses, too.
      def key?(key)
        case key
        when String, Symbol, Integer then true
        else false
        end
      end

      def scalar?(value)
        case value
        when true, false, nil then true
        else key?(value)
        end
      end

      def convert(value, path, depth)
        return value if scalar?(value)

        case value
        when Hash, Array then depth >= MAX_NESTING ? value : convert_members(value, path, depth + 1)
        when Float
          value.finite? ? value : refuse("#{path} is #{value}, which JSON does not have; give a finite Float")
        else
          convert_object(value, path, depth)
        end
      end

      def convert_members(collection, path, depth)
        case collection
        when Hash
          collection.to_h { |key, member| [checked(key, path), convert(member, "#{path}[#{key.inspect}]", depth)] }
        else
          collection.each_with_index.map { |member, index| convert(member, "#{path}[#{index}]", depth) }
        end
      end

      def convert_object(value, path, depth)
        return convert(as_json(value, path), path, depth) if as_json?(value)

        collection = Hash.try_convert(value) || Array.try_convert(value) || String.try_convert(value)
        return convert(collection, path, depth) if collection
        return value if own_to_json?(value)

        refuse("#{path}: #{with_article(value)} is not JSON; give #{FORMS}")
      end

      # Works for delegators too, and for a BasicObject, which has no respond_to?.
      def as_json?(value)
        defined?(value.as_json) ? true : false
      end

      def as_json(value, path)
        converted = value.as_json
        case converted
        when Hash, Array, String, Symbol, Integer, Float, true, false, nil then converted
        else refuse("#{path}: as_json of #{with_article(value)} returned #{with_article(converted)}, which is not JSON")
        end
      end

      # A class may write itself as JSON in the way of the library json.
      def own_to_json?(value)
        type = CLASS.bind_call(value)
        type.method_defined?(:to_json) && type.instance_method(:to_json).owner != GENERIC
      end

      def checked(key, path)
        return key if key?(key)

        refuse("#{path} has #{with_article(key)} as a key; give a String, Symbol or Integer")
      end

      # Names the class and never the value, which may be a secret.
      def with_article(value)
        name = CLASS.bind_call(value).to_s
        "#{name.match?(/\A[AEIOU]/) ? "an" : "a"} #{name}"
      end

      def refuse(message)
        raise InvalidArgumentError, message
      end
    end
  end
end
