# What sluice needs, from the distribution: nothing is fetched from a Conan remote.
{% set compiler, version, compiler_exe = detect_api.detect_default_compiler() %}
[settings]
os={{detect_api.detect_os()}}
arch={{detect_api.detect_arch()}}
build_type=Release
compiler={{compiler}}
compiler.version={{detect_api.default_compiler_version(compiler, version)}}
compiler.cppstd=20
compiler.libcxx=libstdc++11

[platform_requires]
boost/1.81.0
openssl/3.0.0
pugixml/1.13
nlohmann_json/3.11.2
