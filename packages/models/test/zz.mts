import '@tensorflow/tfjs-backend-cpu';
import { createModel } from '@mnet/models';
import { softmaxCrossEntropy } from '@mnet/ops';
import * as tf from '@tensorflow/tfjs-core';
for (const [n,w,s,b] of [['mobilenet_v1',.25,32,8],['mobilenet_v1',.125,32,8],['mobilenet_v1',.25,16,8],['mobilenet_v2',.25,32,8],['mobilenet_v2',.25,16,8],['mobilenet_v2',.125,32,8],['normal_cnn',.25,32,8],['normal_cnn',.125,32,8],['mobilenet_v3_large',.25,32,8],['mobilenet_v3_large',.125,32,8]] as any) {
 const m = createModel(n, {width:w, inputShape:[s,s,3], ...(n.includes('v3')?{widthRule:'torchvision'}:{})} as any);
 const x = tf.randomNormal([b,s,s,3]); const y=tf.tensor1d(Array.from({length:b},(_,i)=>i),'int32');
 const t=performance.now();
 const prof = await tf.profile(()=>{ const r=tf.variableGrads(()=>softmaxCrossEntropy(m.apply(x,{training:true}) as any, y, {}) as any); return r.value;});
 const t1=performance.now();
 console.log(n,w,s,b,(t1-t).toFixed(0)+' ms', m.countParams());
 const byk: any={}; for (const k of prof.kernels) { byk[k.name]=(byk[k.name]??0)+ Number((await k.kernelTimeMs as any)?.kernelMs ?? await k.kernelTimeMs); }
 console.log(Object.entries(byk).sort((a:any,b:any)=>b[1]-a[1]).slice(0,6).map(([k,v]:any)=>k+':'+v.toFixed(0)).join(' '));
}
