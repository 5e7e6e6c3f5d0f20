# SPDX-License-Identifier: GPL-2.0-only
#
# What the installation has for those who write policies: the header, scx-cland.pc, the CMake
# package scx-cland. The header is MIT or GPL, as it says; so are these files.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/scx-cland)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/scx-cland-config.cmake.in
	${PROJECT_BINARY_DIR}/kit/scx-cland-config.cmake INSTALL_DESTINATION ${package_dir}
	PATH_VARS CMAKE_INSTALL_INCLUDEDIR CLAND_POLICY_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kit/scx-cland-config-version.cmake
	COMPATIBILITY SameMajorVersion)

install(FILES policies/include/scx-cland/policy.h
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/scx-cland)
install_configured(cmake/scx-cland.pc.in ${PROJECT_BINARY_DIR}/kit/scx-cland.pc
	${CMAKE_INSTALL_LIBDIR}/pkgconfig VARIABLES PROJECT_VERSION)
install(FILES ${PROJECT_BINARY_DIR}/kit/scx-cland-config.cmake
	${PROJECT_BINARY_DIR}/kit/scx-cland-config-version.cmake
	${PROJECT_SOURCE_DIR}/cmake/ScxClandPolicy.cmake
	DESTINATION ${package_dir})
