// The same program on the same healthy deliveries; the workload takes away what hangs.
import './ours.mjs';
