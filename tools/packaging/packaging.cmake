# What is installed beside the program, and how CPack makes Debian packages of it (tools/package).
include(GNUInstallDirs)

# --- whoever publishes packages puts their own name, mail and domain here
set(maintainer "Reverie maintainers <maintainers@example.org>")
set(application_id org.example.reverie)    # AppStream's: a domain of theirs backwards, and the program

set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(packaging ${PROJECT_SOURCE_DIR}/tools/packaging)

# --- the manual page, printed by the program itself
find_program(GZIP gzip)
if(TARGET reverie AND GZIP AND NOT CMAKE_CROSSCOMPILING AND NOT REVERIE_SANITIZE)
    set(manual ${PROJECT_BINARY_DIR}/reverie.1.gz)
    add_custom_command(OUTPUT ${manual}
        COMMAND ${CMAKE_COMMAND} -E env OMP_WAIT_POLICY=passive XDG_CONFIG_HOME=/nonexistent $<TARGET_FILE:reverie> list manual
                > ${PROJECT_BINARY_DIR}/reverie.1
        COMMAND ${GZIP} -9nf ${PROJECT_BINARY_DIR}/reverie.1
        DEPENDS reverie VERBATIM)
    add_custom_target(reverie_manual ALL DEPENDS ${manual})
    install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

# --- for shells and desktops
install(FILES ${packaging}/completions/reverie.bash DESTINATION share/bash-completion/completions RENAME reverie)
install(FILES ${packaging}/completions/reverie.fish DESTINATION share/fish/vendor_completions.d)
if(REVERIE_PACKAGE)
    install(FILES ${packaging}/completions/_reverie DESTINATION share/zsh/vendor-completions)
else()
    install(FILES ${packaging}/completions/_reverie DESTINATION share/zsh/site-functions)
endif()
install(FILES ${packaging}/reverie.desktop DESTINATION share/applications)
install(FILES ${packaging}/reverie.svg DESTINATION share/icons/hicolor/scalable/apps)
configure_file(${packaging}/reverie.metainfo.xml ${PROJECT_BINARY_DIR}/reverie.metainfo.xml @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/reverie.metainfo.xml DESTINATION share/metainfo)

# --- the service of an installation, for `systemctl --user enable --now reverie`
set(unit ${PROJECT_BINARY_DIR}/reverie.service)
execute_process(
    COMMAND ${CMAKE_COMMAND} -E env HOME=/nonexistent ${PROJECT_SOURCE_DIR}/tools/install_service --print --program ${CMAKE_INSTALL_FULL_BINDIR}/reverie -- --fullscreen
    OUTPUT_FILE ${unit} COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${unit} DESTINATION lib/systemd/user)
install(FILES ${packaging}/gpu.md DESTINATION share/doc/reverie)

if(NOT REVERIE_PACKAGE)
    return()
endif()

# --- Debian packages: the program, and the CUDA module apart
configure_file(${packaging}/changelog ${PROJECT_BINARY_DIR}/changelog @ONLY)
execute_process(COMMAND ${GZIP} -9nc ${PROJECT_BINARY_DIR}/changelog OUTPUT_FILE ${PROJECT_BINARY_DIR}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
foreach(component reverie cuda)
    set(package ${component})
    if(component STREQUAL cuda)
        set(package reverie-cuda)
        install(FILES ${packaging}/gpu.md DESTINATION share/doc/${package} COMPONENT cuda)
    endif()
    install(FILES ${packaging}/copyright ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION share/doc/${package} COMPONENT ${component})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME reverie)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")   # each package has its own
set(CPACK_THREADS 0)
set(CPACK_PACKAGE_CONTACT ${maintainer})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_COMPONENTS_ALL reverie)
set(CPACK_DEBIAN_PACKAGE_SECTION video)

set(CPACK_DEBIAN_REVERIE_PACKAGE_NAME reverie)
set(CPACK_DEBIAN_REVERIE_DESCRIPTION "real-time dreamer for video and webcams
A network that was trained to recognise images looks at a picture; what
its neurons weakly see there is amplified, by gradient ascent on the
picture, until anyone can see it. The dream is carried along by the motion
of the video and dreamed a little more, frame after frame.
.
Live shows from a webcam with a mixing desk of the network's layers,
videos, pictures and endless zooms from file to file, and installations
that are left alone for days. It dreams on the processor; the package
reverie-cuda lets it dream on NVIDIA cards.")
set(CPACK_DEBIAN_REVERIE_PACKAGE_SHLIBDEPS ON)
# OpenGL's drivers and the overlay's type are opened at run time.
set(CPACK_DEBIAN_REVERIE_PACKAGE_DEPENDS "fonts-roboto-unhinted | fonts-dejavu-core")
set(CPACK_DEBIAN_REVERIE_PACKAGE_RECOMMENDS "libgl1-mesa-dri | libgl1-nvidia-glvnd-glx, libegl1")
set(CPACK_DEBIAN_REVERIE_PACKAGE_SUGGESTS "reverie-cuda, ffmpeg, v4l2loopback-dkms")

if(REVERIE_HAS_CUDA)
    list(APPEND CPACK_COMPONENTS_ALL cuda)
    string(REGEX MATCH "^[0-9]+" cuda_major ${CUDAToolkit_VERSION})
    set(CPACK_DEBIAN_CUDA_PACKAGE_NAME reverie-cuda)
    set(CPACK_DEBIAN_CUDA_PACKAGE_SECTION contrib/video)
    set(CPACK_DEBIAN_CUDA_DESCRIPTION "dreams of reverie on NVIDIA cards
The module that lets reverie dream on NVIDIA cards, from Turing (sm_75) on.
It needs the card's driver, for CUDA ${CUDAToolkit_VERSION_MAJOR}.${CUDAToolkit_VERSION_MINOR} or newer, and cuDNN 9.8 or
newer. Neither is in Debian in this version, so the package asks for
nothing but reverie.
.
cuDNN is the package libcudnn9-cuda-${cuda_major} of NVIDIA's package repository;
/usr/share/doc/reverie-cuda/gpu.md says how to add that. `reverie doctor`
says what is missing.")
    # Not by dpkg-shlibdeps: cuDNN may lie where no package put it.
    set(CPACK_DEBIAN_CUDA_PACKAGE_SHLIBDEPS OFF)
    set(CPACK_DEBIAN_CUDA_PACKAGE_DEPENDS "reverie (= ${PROJECT_VERSION}), libc6 (>= 2.34), libgcc-s1 (>= 3.0), libstdc++6 (>= 12)")
    set(CPACK_DEBIAN_CUDA_PACKAGE_SUGGESTS "libcuda1, libcudnn9-cuda-${cuda_major}")
endif()
include(CPack)
