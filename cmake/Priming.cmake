# Puts the priming data of the context-mixing codec into a target as read-only bytes (src/codec/cm/priming.S).
function(kompakt_priming target)
  set(folder ${PROJECT_SOURCE_DIR}/src/codec/cm)
  file(GLOB texts CONFIGURE_DEPENDS ${folder}/priming/*.txt)
  target_sources(${target} PRIVATE ${folder}/priming.S)
  set_source_files_properties(${folder}/priming.S PROPERTIES COMPILE_OPTIONS -Wa,-I${folder}/priming OBJECT_DEPENDS "${texts}")
endfunction()
