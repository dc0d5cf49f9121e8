# frozen_string_literal: true

require_relative "helper"
require_relative "support/foreign_library"
require "fileutils"
require "rubygems/package"
require "tmpdir"

# A library for another processor or another C library is recognised.
class TestPlatform < HookrailTest
  ELFFile = Hookrail::Native::ELFFile
  LIBRARY = ENV.fetch("HOOKRAIL_LIB")

  def setup
    @folder = Dir.mktmpdir
  end

  def teardown
    FileUtils.rm_rf(@folder)
    super
  end

  def test_the_library_fits_to_this_ruby
    assert_nil ELFFile.mismatch(LIBRARY)
    assert_equal :glibc, ELFFile.new(LIBRARY).libc
    assert_equal Gem::Platform.local, Gem::Platform.new(ELFFile.new(LIBRARY).gem_platform)
  end

  def test_a_library_for_another_machine_is_reported_as_such
    path = ForeignLibrary.for_machine(@folder, LIBRARY)
    error = assert_raises(Hookrail::LibraryLoadError) { Hookrail::Native::Library.load({}, [path]) }
    assert_includes error.message, "#{path}: it is for aarch64 with glibc, and this Ruby runs on #{own}"
    gem = "hookrail-#{Hookrail::VERSION}-#{ELFFile.new("/proc/self/exe").gem_platform}.gem"
    assert_includes error.message, "Install the gem or the library for this platform (#{gem}), or build it here"
    path = ForeignLibrary.for_machine(@folder, LIBRARY, machine: 4711)
    assert_match(/\Ait is for processor 4711 with glibc, /, ELFFile.mismatch(path))
  end

  def own
    ELFFile.new("/proc/self/exe").to_s
  end

  def test_a_library_for_musl_is_reported_as_such
    path = ForeignLibrary.for_musl(@folder)
    error = assert_raises(Hookrail::LibraryLoadError) { Hookrail::Native::Library.load({}, [path]) }
    assert_includes error.message, "#{path}: it is for #{own.sub("glibc", "musl")}, and this Ruby runs on #{own}"
    assert_equal "#{ELFFile.new(path).machine}-linux-musl", ELFFile.new(path).gem_platform
    # A process that uses musl would load it.
    assert_nil ELFFile.mismatch(path, ELFFile.new(path))
  end

  def test_a_library_of_32_bits_and_the_other_byte_order_is_read
    # The header of a library for powerpc without a program header.
    header = "\x7FELF\x01\x02\x01".b.ljust(16, "\0") + [3, 21, 1, 0, 0].pack("S>S>L>3").ljust(36, "\0")
    path = ForeignLibrary.write(@folder, header)
    assert_match(/\Ait is for powerpc64le, and this Ruby runs on /, ELFFile.mismatch(path))
  end

  def test_a_damaged_file_is_no_library_and_ends_nothing
    bytes = File.binread("/proc/self/exe")
    random = Random.new(1)
    300.times do
      copy = bytes.byteslice(0, random.rand(0..2000))
      8.times { copy.setbyte(random.rand(copy.size), random.rand(256)) } unless copy.empty?
      path = ForeignLibrary.write(@folder, copy)
      begin
        ELFFile.new(path)
      rescue ELFFile::Unreadable => e
        assert_includes e.message, path
      end
    end
  end

  def build(folder, platform: nil)
    Open3.capture2e({ "HOOKRAIL_LIB_DIR" => folder, "HOOKRAIL_GEM_PLATFORM" => platform }, RbConfig.ruby, "-S", "rake",
                    "build:platform", chdir: GEM_ROOT)
  end

  def test_the_platform_of_a_gem_is_that_of_its_library
    ForeignLibrary.for_machine(@folder, LIBRARY)
    output, status = build(@folder)
    assert_predicate status, :success?, output
    file = output.lines.last.chomp
    assert_equal "hookrail-#{Hookrail::VERSION}-aarch64-linux-gnu.gem", File.basename(file)
    FileUtils.rm(file)
    output, status = build(@folder, platform: Gem::Platform.local.to_s)
    refute_predicate status, :success?
    assert_match(/libhookrail.so is for aarch64 with glibc, so the gem's platform is aarch64-linux-gnu, not /, output)
    ForeignLibrary.write(@folder, "not a library")
    output, status = build(@folder)
    refute_predicate status, :success?
    assert_match(/libhookrail.so is no ELF file/, output)
  end

  # Debian 12's RubyGems finds only such a gem on a server, and the newer ones must not take it on musl.
  def test_a_gem_for_old_rubygems_has_no_c_library_in_its_name
    ForeignLibrary.for_machine(@folder, LIBRARY)
    output, status = build(@folder, platform: "aarch64-linux")
    assert_predicate status, :success?, output
    file = output.lines.last.chomp
    assert_equal "hookrail-#{Hookrail::VERSION}-aarch64-linux.gem", File.basename(file)
    assert_equal Gem::Requirement.new("< 3.3.22"), Gem::Package.new(file).spec.required_rubygems_version
    FileUtils.rm(file)
    ForeignLibrary.for_musl(@folder)
    output, status = build(@folder, platform: "x86_64-linux")
    refute_predicate status, :success?, output
  end

  def test_a_library_for_macos_gets_its_processor_from_its_header
    { 0x0100000C => "arm64", 0x01000007 => "x86_64" }.each do |number, machine|
      path = File.join(@folder, "libhookrail.dylib")
      File.binwrite(path, "\xCF\xFA\xED\xFE".b + [number].pack("L<"))
      output, status = build(@folder)
      assert_predicate status, :success?, output
      file = output.lines.last.chomp
      assert_equal "hookrail-#{Hookrail::VERSION}-#{machine}-darwin.gem", File.basename(file)
      assert_includes Gem::Package.new(file).spec.files, "lib/hookrail/native/libhookrail.dylib"
      FileUtils.rm(file)
      output, status = build(@folder, platform: "x86_64-linux-gnu")
      refute_predicate status, :success?
      assert_match(/libhookrail.dylib is for #{machine} with macOS, so the gem's platform is #{machine}-darwin/, output)
    end
  end
end
