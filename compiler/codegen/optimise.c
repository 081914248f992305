/* LLVM's passes, few of them: the IR that arrives has been inlined, simplified and hoisted by ours. What is left for
 * LLVM is what it knows better, the machine's idioms and the vectoriser, and to tidy up after both builders.
 * The instcombine between full unrolling and the vectoriser narrows what the turns' constants allow: Philox, ten rounds
 * in a loop, takes 0.36 ms for 2^18 numbers with it and 0.85 without.
 * A five-point stencil at O2 takes 7 ms here and 13 ms to become code; default<O2> takes 9 and, as it unrolls more, 23. */
#include "codegen/gen.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

static const char *const pipelines[] = {
    "always-inline",

    "always-inline,"
    "function(sroa,early-cse,simplifycfg,instcombine<no-verify-fixpoint>,simplifycfg),globaldce",

    "always-inline,cgscc(inline),"
    "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(loop-rotate,licm),loop(indvars,loop-deletion,loop-unroll-full),sroa,instcombine<no-verify-fixpoint>,"
    "loop-vectorize,instcombine<no-verify-fixpoint>,slp-vectorizer,"
    "loop-unroll<O2>,gvn,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm),dse,adce),globaldce",

    "always-inline,cgscc(inline),"
    "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,simplifycfg,"
    "loop-mssa(loop-rotate,licm,simple-loop-unswitch),loop(indvars,loop-deletion,loop-unroll-full),sroa,instcombine<no-verify-fixpoint>,"
    "loop-vectorize,instcombine<no-verify-fixpoint>,slp-vectorizer,"
    "loop-unroll<O3>,gvn,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm),dse,adce),globaldce",
};

bool gen_optimise(Gen *g) {
    int level = g->request->opt_level < 0 ? 0 : g->request->opt_level > 3 ? 3 : g->request->opt_level;
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopVectorization(options, true);
    LLVMPassBuilderOptionsSetSLPVectorization(options, true);
    LLVMPassBuilderOptionsSetLoopInterleaving(options, true);
    LLVMErrorRef error = LLVMRunPasses(g->module, pipelines[level], g->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!error)
        return true;
    char *message = LLVMGetErrorMessage(error);
    gen_fail(g, NULL, "LLVM's passes: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}
